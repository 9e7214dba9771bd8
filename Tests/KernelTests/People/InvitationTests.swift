import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Invitations")
struct InvitationTests {
    @Test("taking one up makes the person with login, name and roles, and signs him in")
    func accept() async throws {
        let tenant = try await TestTenant.make()
        let invitation = try await tenant.invitations.create(
            login: "Anna@example.com".asLogin(), displayName: DisplayName("Anna"), roles: ["member"],
            by: .hostOperator(.test())
        ).get()
        #expect(invitation.url == "\(tenant.tenant.issuer)/invitations/accept#token=\(invitation.token.text)")
        let tokens = try await tenant.accept(invitation.token).get()
        let session = try #require(try await tenant.session(of: tokens))
        let user = try #require(try await tenant.people.user(session.person.user))
        #expect((user.login, user.displayName, user.roles) == ("Anna@example.com", "Anna", ["member"]))
        #expect(try await tenant.signIn("anna@example.com").tokens != nil)
        #expect(try await tenant.invitations.list(after: nil, limit: 10).isEmpty)
    }

    @Test("of many who take up one at once, one does")
    func once() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.invite().token
        let refusals = try await inParallel(40) { _ in try await tenant.accept(token).refusal }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.count { $0 == .invitationInvalid } == 39)
        #expect(try await tenant.people.list(after: nil, limit: 50).count == 1)
        #expect(try await tenant.accept(token).refusal == .invitationInvalid)
    }

    @Test("a newer one for the same login takes the place of the older")
    func replaced() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.invite("anna@example.com")
        let new = try await tenant.invite("ANNA@example.com")
        #expect(try await tenant.accept(old.token).refusal == .invitationInvalid)
        #expect(try await tenant.invitations.list(after: nil, limit: 10).map(\.id) == [new.invitation.id])
        #expect(try await tenant.accept(new.token).refusal == nil)
    }

    @Test("of many made at once for one login, exactly one is open at the end")
    func parallelInvitations() async throws {
        let tenant = try await TestTenant.make()
        let made = try await inParallel(8) { _ in try await tenant.invite("anna@example.com") }
        let open = try await tenant.invitations.list(after: nil, limit: 10)
        #expect(open.count == 1)
        let usable = try #require(made.first { $0.invitation.id == open.first?.id })
        #expect(try await tenant.accept(usable.token).refusal == nil)
    }

    @Test("a revoked one is worth nothing, and cannot be revoked again")
    func revoked() async throws {
        let tenant = try await TestTenant.make()
        let invitation = try await tenant.invite()
        #expect(
            try await tenant.invitations.revoke(invitation.invitation.id, by: .hostOperator(.test())).refusal == nil)
        #expect(try await tenant.accept(invitation.token).refusal == .invitationInvalid)
        #expect(
            try await tenant.invitations.revoke(invitation.invitation.id, by: .hostOperator(.test())).refusal
                == .notFound)
    }

    @Test("one that nobody took up in time ends to the second")
    func expired() async throws {
        let tenant = try await TestTenant.make("policy: {invitations: {lifetime: 1h}}")
        let late = try await tenant.invite()
        tenant.clock.advance(by: .seconds(1))
        let timely = try await tenant.invite()
        tenant.clock.advance(by: .seconds(3599))
        #expect(try await tenant.accept(late.token).refusal == .invitationInvalid)
        #expect(try await tenant.invitations.list(after: nil, limit: 10).map(\.id) == [timely.invitation.id])
        #expect(try await tenant.accept(timely.token).refusal == nil)
    }

    @Test("for a person made beforehand, it sets that person's password and makes nobody")
    func createdPerson() async throws {
        let tenant = try await TestTenant.make()
        let other = try await tenant.signedIn("bert@example.com")
        let made = try await tenant.invitations.createPerson(
            login: "anna@example.com".asLogin(), displayName: nil, roles: ["viewer"], by: .hostOperator(.test())
        ).get()
        let anna = try #require(made.invitation.user)
        #expect(try await tenant.signIn("anna@example.com", SecretText("seven amber kettles hum")).isRefused)
        let tokens = try await tenant.accept(made.token, password: SecretText("seven amber kettles hum")).get()
        #expect(try await tenant.session(of: tokens)?.person.user == anna)
        #expect(try await tenant.people.list(after: nil, limit: 10).count == 2)
        #expect(try await tenant.signIn("bert@example.com", SecretText("seven amber kettles hum")).isRefused)
        #expect(try await tenant.isLive(other))
    }

    @Test(
        "for a person who was suspended or deleted since, it is worth nothing",
        arguments: [Ending.suspension, .deletion])
    func endedPerson(_ ending: Ending) async throws {
        let tenant = try await TestTenant.make()
        let made = try await tenant.invitations.createPerson(
            login: "anna@example.com".asLogin(), displayName: nil, roles: [], by: .hostOperator(.test())
        ).get()
        let anna = try #require(made.invitation.user)
        if ending == .deletion {
            try await tenant.people.delete(anna, by: .hostOperator(.test())).get()
        } else {
            _ = try await tenant.people.suspend(anna, by: .hostOperator(.test())).get()
        }
        #expect(try await tenant.accept(made.token).refusal == .invitationInvalid)
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.password_credentials") == "0")
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.sessions") == "0")
    }

    @Test("a weak password leaves it as it was")
    func weak() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.invite().token
        #expect(try await tenant.accept(token, password: SecretText("x9!kq")).refusal?.weaknesses == ["too_short"])
        #expect(try await tenant.accept(token).refusal == nil)
    }

    @Test("a login that is a person already is not invited")
    func taken() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.person("anna@example.com")
        let outcome = try await tenant.invitations.create(
            login: "ANNA@example.com".asLogin(), displayName: nil, roles: [], by: .hostOperator(.test()))
        #expect(outcome.refusal == .loginTaken)
    }

    @Test("a login that was taken while the invitation was open is not taken twice")
    func takenMeanwhile() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.invite("anna@example.com").token
        _ = try await tenant.person("anna@example.com")
        #expect(try await tenant.accept(token).refusal == .loginTaken)
        #expect(try await tenant.signIn("anna@example.com").isRefused)
    }

    @Test("guessing costs no hash, and is limited")
    func guesses() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        for _ in 0..<5 {
            let guess = try OpaqueToken.make(.invitation).text
            #expect(try await tenant.accept(guess, from: origin).refusal == .invitationInvalid)
        }
        #expect(
            try await tenant.accept(SecretText("x"), from: origin).refusal == .tooManyAttempts(retryAfterSeconds: 30))
        #expect(tenant.hashing.runs == 0)
    }

    @Test("it is nothing in another tenant")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let invitation = try await tenant.invite()
        #expect(try await other.accept(invitation.token).refusal == .invitationInvalid)
        #expect(
            try await other.invitations.revoke(invitation.invitation.id, by: .hostOperator(.test())).refusal
                == .notFound)
        #expect(try await tenant.accept(invitation.token).refusal == nil)
    }
}
