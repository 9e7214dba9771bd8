import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Making a tenant in one call") struct OnboardingTests {
    private let clock = FixedClock(TestTenant.start)
    private let node: TestNode

    init() async throws {
        node = try await TestNode.make(clock: clock)
    }

    @Test("one call makes a tenant that works, with its keys, its owner's invitation and its first key")
    func makes() async throws {
        let made = try await node.onboard(try wish(admin: "ops@example.com", key: "ci")).done
        #expect(made.isNew)
        let tenant = try #require(try await node.registry.tenant(slug: made.tenant.slug))
        #expect(tenant.id == made.tenant.id)
        #expect(tenant.issuer == "https://auth.example.com/t/\(tenant.slug)")
        #expect(try await node.services.signingKeys.keys(of: tenant).published.count == 2)
        #expect(try await tenant.accept(try #require(made.newInvitation).token, on: node).tokens == nil)
        #expect(try await node.records.find(id: tenant.id)?.ownedAt != nil)
        let key = try #require(made.newKey)
        let presented = PresentedKey(text: key.text, address: nil, origin: .test())
        guard case .valid(let verified) = try await node.services.keyVerifier.verify(presented, in: tenant) else {
            Issue.record("the key is not good")
            return
        }
        #expect(verified.owner == nil)
    }

    @Test("the first owner is under the rule of second factors from the start: his invitation is his ticket")
    func underTheRule() async throws {
        let made = try await node.onboard(try wish(admin: "ops@example.com")).done
        let step = try await made.tenant.accept(try #require(made.newInvitation).token, on: node)
        #expect(step.transaction != nil)
        #expect(step.tokens == nil)
    }

    @Test("takes one transaction of so many statements, however many tenants there are")
    func statements() async throws {
        let counting = try await CountingPlatform(TestDatabase.shared.platform)
        let node = try await TestNode.make(platform: counting, clock: clock)
        _ = try await node.onboard(try wish(admin: "ops@example.com", key: "ci"))
        let few = counting.statements
        for _ in 0..<5 { _ = try await node.onboard(try wish()) }
        let before = counting.statements
        _ = try await node.onboard(try wish(admin: "ops@example.com", key: "ci"))
        #expect(counting.statements - before == few)
    }

    @Test("repeating it changes nothing and shows no secret again")
    func repeated() async throws {
        let wish = try wish(admin: "ops@example.com", key: "ci")
        let first = try await node.onboard(wish).done
        let second = try await node.onboard(wish).done
        #expect(!second.isNew)
        #expect(second.tenant.id == first.tenant.id)
        #expect(second.tenant.revision == 1)
        guard case .open(let invitation) = second.invitation, case .present(let key) = second.key else {
            Issue.record("made anew")
            return
        }
        #expect(invitation.id == first.newInvitation?.invitation.id)
        #expect(key.id == first.newKey?.key.id)
    }

    @Test("who lost the link gets another one, and the lost one is worth nothing")
    func reinvited() async throws {
        let slug = try slug()
        let first = try await node.onboard(try wish(slug, admin: "ops@example.com")).done
        let again = OnboardingWish.Admin(login: try #require(Login("ops@example.com")), isInvitedAnew: true)
        let second = try await node.onboard(OnboardingWish(slug: slug, name: "A test", admin: again)).done
        let lost = try #require(first.newInvitation).token
        #expect(try await first.tenant.take(lost, on: node).refusal == .invitationInvalid)
        #expect(try await first.tenant.take(try #require(second.newInvitation).token, on: node).refusal == nil)
    }

    @Test("a tenant that has an owner invites nobody any more")
    func owned() async throws {
        let wish = try wish(admin: "ops@example.com")
        let made = try await node.onboard(wish).done
        _ = try await made.tenant.accept(try #require(made.newInvitation).token, on: node)
        #expect(try await node.onboard(wish).done.invitation == nil)
    }

    @Test("a lost answer is given again under its key, with its secrets, and under another body not at all")
    func lostAnswer() async throws {
        let wish = try wish(admin: "ops@example.com", key: "ci")
        let lost = try await node.onboard(wish, repeat: .test("k1", "body")).done
        guard case .repeated(let tenant, 201, let kept) = try await node.onboard(wish, repeat: .test("k1", "body"))
        else {
            Issue.record("not repeated")
            return
        }
        #expect(tenant.id == lost.tenant.id)
        #expect(String(decoding: kept, as: UTF8.self) == lost.newInvitation?.token.withExposed { $0 })
        guard case .usedForAnotherRequest = try await node.onboard(wish, repeat: .test("k1", "other")) else {
            Issue.record("another body was answered")
            return
        }
        guard case .done = try await node.onboard(wish, repeat: .test("k2", "body")) else {
            Issue.record("another key was answered")
            return
        }
    }

    @Test("a key that was used for another request changes nothing, and a repeat does not undo what came since")
    func repeatChangesNothing() async throws {
        let slug = try slug()
        let first = OnboardingWish(slug: slug, name: "First")
        _ = try await node.onboard(first, repeat: .test("k1", "first"))
        let other = OnboardingWish(slug: slug, name: "Other")
        guard case .usedForAnotherRequest = try await node.onboard(other, repeat: .test("k1", "other")) else {
            Issue.record("another body was answered")
            return
        }
        #expect(try await node.records.find(slug: slug.text)?.revision == 1)
        _ = try await node.onboard(other, repeat: .test("k2", "other"))
        guard case .repeated = try await node.onboard(first, repeat: .test("k1", "first")) else {
            Issue.record("not repeated")
            return
        }
        #expect(try await node.records.find(slug: slug.text)?.name == "Other")
    }

    @Test("of many calls at once one makes it, and all get the same tenant")
    func atOnce() async throws {
        let wish = try wish(admin: "ops@example.com", key: "ci")
        let outcomes = try await Array(0..<8).concurrentMap(atMost: 8) { _ in try await node.onboard(wish).done }
        #expect(outcomes.count(where: \.isNew) == 1)
        #expect(Set(outcomes.map(\.tenant.id)).count == 1)
        #expect(outcomes.count { $0.newKey != nil } == 1)
        #expect(outcomes.count { $0.newInvitation != nil } == 1)
    }

    @Test("what fails leaves nothing behind, and the next call makes all of it")
    func nothingHalf() async throws {
        let slug = try slug()
        let long = NewAPIKey(name: "ci", scopes: [.usersRead], lifetimeSeconds: 63_072_000)
        await #expect(throws: OnboardingRefusal.self) {
            try await node.onboard(OnboardingWish(slug: slug, name: "A test", key: long))
        }
        #expect(try await node.records.holder(of: slug) == nil)
        #expect(try await node.onboard(try wish(slug)).done.isNew)
    }

    @Test("a configuration with problems makes nothing, and all of them are told")
    func problems() async throws {
        let slug = try slug()
        let bad = try SettingsParser.parse(
            Array("{sign_in: {password: {minimum_length: 3}, totp: {}}, polcy: {}, tenant: other}".utf8))
        do {
            _ = try await node.onboard(OnboardingWish(slug: slug, name: "A test", configuration: bad))
            Issue.record("it was taken")
        } catch OnboardingRefusal.configuration(let problems) {
            #expect(problems.map(\.key) == ["tenant"])
        }
        do {
            let unnamed = try SettingsParser.parse(
                Array("{sign_in: {password: {minimum_length: 3}, totp: {}}, polcy: {}}".utf8))
            _ = try await node.onboard(OnboardingWish(slug: slug, name: "A test", configuration: unnamed))
            Issue.record("it was taken")
        } catch OnboardingRefusal.configuration(let problems) {
            #expect(Set(problems.map(\.key)) == ["sign_in.password.minimum_length", "polcy"])
        }
        #expect(try await node.records.holder(of: slug) == nil)
    }

    @Test("a tenant that is to be new is refused where there is one; one of a file in any case")
    func refused() async throws {
        let made = try await node.onboard(try wish()).done
        await #expect(throws: OnboardingRefusal.self) {
            try await node.onboard(OnboardingWish(slug: made.tenant.slug, name: "A test", mustBeNew: true))
        }
        let file = try await TestTenant.make()
        do {
            _ = try await node.onboard(try wish(file.tenant.slug))
            Issue.record("it was taken")
        } catch OnboardingRefusal.managedByFile {}
    }

    @Test("the slug of a deleted tenant is kept for 90 days, and then given out again")
    func keptSlug() async throws {
        let slug = try slug()
        let first = try await node.onboard(try wish(slug)).done.tenant
        for (age, isKept) in [("89 days", true), ("91 days", false)] {
            try await TestDatabase.shared.administrator.affected(
                """
                UPDATE gatehouse.tenants
                SET    state = 'deleted', deleted_at = now() - interval '\(age)'
                WHERE  id = '\(first.id.rawValue)'
                """)
            do {
                let again = try await node.onboard(try wish(slug)).done
                #expect(!isKept && again.isNew && again.tenant.id != first.id)
            } catch OnboardingRefusal.slugKept {
                #expect(isKept)
            }
        }
    }

    @Test("another configuration comes into force as the next revision, and the same one changes nothing")
    func changed() async throws {
        let slug = try slug()
        _ = try await node.onboard(try wish(slug))
        let other = try SettingsParser.parse(
            Array("{sign_in: {password: {minimum_length: 20}, totp: {}, recovery_codes: {}}}".utf8))
        let change = OnboardingWish(slug: slug, name: "Renamed", configuration: other)
        #expect(try await node.onboard(change).done.tenant.revision == 2)
        #expect(try await node.onboard(change).done.tenant.revision == 2)
        let served = try #require(try await node.registry.tenant(slug: slug))
        #expect((served.revision, served.name) == (2, "Renamed"))
        #expect(try await node.records.find(slug: slug.text)?.name == "Renamed")
    }

    @Test("who made it is in the platform's record and in the tenant's own trail")
    func recorded() async throws {
        let id = OperatorID.make(at: clock.now)
        let author = OnboardingAuthor.operator(id, origin: .test())
        let made = try await node.onboarding.run(try wish(), by: author).done
        let actor = try await TestDatabase.shared.administrator.value(
            "SELECT actor FROM gatehouse.platform_events WHERE subject = '\(made.tenant.id)'")
        #expect(actor == "operator:\(id)")
        let trail = try await node.services.auditTrail(of: made.tenant).events(
            AuditFilter(type: "tenant.created"), before: nil, limit: 10)
        #expect(trail.map(\.actor) == ["operator:\(id)"])
    }

    // MARK: Parts

    private func slug() throws -> TenantSlug { try #require(TenantSlug("t\(unique())")) }

    private func wish(_ slug: TenantSlug? = nil, admin: String? = nil, key: String? = nil) throws -> OnboardingWish {
        OnboardingWish(
            slug: try slug ?? self.slug(), name: "A test",
            admin: admin.flatMap { Login($0) }.map { OnboardingWish.Admin(login: $0) },
            key: key.map { NewAPIKey(name: $0, scopes: [.usersRead]) })
    }
}
