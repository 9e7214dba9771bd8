import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The rule of second factors")
struct SecondFactorRuleTests {
    @Test("a rule reaches the roles that it names and all above them")
    func upward() {
        let rule = SecondFactorRule(requiredFor: ["manager"])
        let asked = BuiltInRole.allCases.filter { rule.applies(to: [$0.rawValue], allowing: $0.permissions) }
        #expect(asked == [.owner, .admin, .manager])
        #expect(rule.coveredRoles == ["admin", "manager", "owner"])
    }

    @Test("an own role that allows as much as a named one is reached, and one that is named")
    func ownRoles() {
        let rule = SecondFactorRule(requiredFor: ["admin", "support"])
        #expect(rule.applies(to: ["deputy"], allowing: BuiltInRole.admin.permissions))
        #expect(rule.applies(to: ["support"], allowing: [.usersRead]))
        #expect(!rule.applies(to: ["deputy"], allowing: BuiltInRole.manager.permissions))
        #expect(!SecondFactorRule(requiredFor: []).applies(to: ["owner"], allowing: BuiltInRole.owner.permissions))
    }

    @Test("the grace begins when somebody comes under the rule, is told, and ends to the second")
    func grace() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let login = "\(unique())@example.com"
        _ = try await tenant.newcomer(login)
        let end = tenant.clock.now.addingTimeInterval(7 * 86_400)
        tenant.clock.advance(by: .seconds(7 * 86_400 - 1))
        let tokens = try #require(try await tenant.signIn(login).tokens)
        #expect(tokens.graceUntil == end)
        let session = try #require(try await tenant.session(of: tokens))
        let standing = SecondFactorStanding(
            session.person, under: tenant.tenant.policy.secondFactor, at: tenant.clock.now)
        #expect((standing.isRequired, standing.factors, standing.graceUntil) == (true, [], end))
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.signIn(login).tokens == nil)
        let refreshed = try await tenant.services.sessions(of: tenant.tenant).refresh(
            tokens.refreshToken, origin: .test())
        guard case .refused = refreshed else {
            Issue.record("refreshed after the grace")
            return
        }
    }

    @Test("a grace is not given anew by signing in, opening the tenant again, or another role")
    func noNewGrace() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let login = "\(unique())@example.com"
        let id = try await tenant.newcomer(login)
        tenant.clock.advance(by: .seconds(6 * 86_400))
        _ = try await tenant.signIn(login)
        let again = try await tenant.reopened("")
        _ = try await again.people.setRoles(["admin", "manager"], of: id, by: .hostOperator(.test())).get()
        tenant.clock.advance(by: .seconds(86_400))
        #expect(try await again.signIn(login).tokens == nil)
    }

    @Test("whoever is given a role that asks for a factor has his grace from then on")
    func promoted() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let member = try await tenant.signedIn(roles: ["member"])
        tenant.clock.advance(by: .seconds(30 * 86_400))
        _ = try await tenant.people.setRoles(["admin"], of: member.id, by: .hostOperator(.test())).get()
        let tokens = try #require(try await tenant.signIn(member.login).tokens)
        #expect(tokens.graceUntil == tenant.clock.now.addingTimeInterval(7 * 86_400))
    }

    @Test("a rule that is turned on begins everybody's grace at that moment, whether they sign in or not")
    func turnedOn() async throws {
        let off = try await TestTenant.make("policy: {second_factor: {required_for: []}}", offersFactors: true)
        let admin = try await off.signedIn(roles: ["admin"])
        off.clock.advance(by: .seconds(365 * 86_400))
        let on = try await off.reopened("")
        on.clock.advance(by: .seconds(7 * 86_400))
        #expect(try await on.signIn(admin.login).tokens == nil)
        let turnedOff = try await on.reopened("policy: {second_factor: {required_for: []}}")
        #expect(try await turnedOff.signIn(admin.login).tokens?.graceUntil == nil)
        let back = try await turnedOff.reopened("")
        #expect(try await back.signIn(admin.login).tokens != nil)
    }

    @Test("a rule that would lock out every owner is not brought into force")
    func lockOut() async throws {
        let off = try await TestTenant.make("policy: {second_factor: {required_for: []}}", offersFactors: true)
        let owner = try await off.signedIn(roles: ["owner"])
        await #expect(throws: OwnersLockedOut.self) {
            try await off.reopened("policy: {second_factor: {grace: 0s}}")
        }
        #expect(try await off.signIn(owner.login).tokens != nil)
        _ = try await off.reopened("policy: {second_factor: {grace: 1m}}")
    }

    @Test("a preview tells whom a rule would ask and lock out, of this tenant alone, and changes nothing")
    func preview() async throws {
        let tenant = try await TestTenant.make("policy: {second_factor: {required_for: []}}", offersFactors: true)
        let other = try await TestTenant.make("policy: {second_factor: {required_for: []}}", offersFactors: true)
        _ = try await other.signedIn(roles: ["owner"])
        let owner = try await tenant.signedIn(roles: ["owner"])
        let member = try await tenant.signedIn(roles: ["member"])
        let preview = try await tenant.services.secondFactorPreview(in: tenant.tenant)
        let mild = try await preview.effect(of: SecondFactorRule(requiredFor: ["admin"]))
        #expect((mild.askedCount, mild.withoutFactorCount, mild.lockedOutCount) == (1, 1, 0))
        #expect(mild.people.map(\.login) == [owner.login])
        let harsh = try await preview.effect(of: SecondFactorRule(requiredFor: ["member"], grace: .zero))
        #expect(harsh.lockedOut == [owner.id, member.id])
        #expect(harsh.locksOutEveryOwner)
        #expect(try await tenant.signIn(owner.login).tokens?.graceUntil == nil)
    }

    @Test("who came before the rule may set a factor up in his old session; a session of a password since may not")
    func trustedSessions() async throws {
        let off = try await TestTenant.make("policy: {second_factor: {required_for: []}}", offersFactors: true)
        let admin = try await off.signedIn(roles: ["admin"])
        off.clock.advance(by: .seconds(1))
        let on = try await off.reopened("")
        let factors = try await on.services.ownFactors(in: on.tenant)
        let since = try #require(try await on.signIn(admin.login).tokens)
        let late = try #require(try await on.session(of: since))
        let refused = try await factors.begin("totp", ticket: nil, late, by: try await on.caller(admin))
        #expect(refused.refusal == .ticketRequired)
        let early = try #require(try await on.session(of: admin.tokens))
        // An invitation stands behind it as well; what counts here is its time.
        try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.sessions SET is_trusted = false WHERE user_id = '\(admin.id.rawValue)'")
        let old = try #require(try await on.session(of: admin.tokens))
        #expect(early.id == old.id)
        let begun = try await factors.begin("totp", ticket: nil, old, by: try await on.caller(admin))
        #expect(begun.refusal == nil)
    }
}
