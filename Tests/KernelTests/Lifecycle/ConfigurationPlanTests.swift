import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("What a configuration would do") struct ConfigurationPlanTests {
    @Test("people who would be asked for a second factor are counted, with those who have none")
    func secondFactor() async throws {
        let tenant = try await DatabaseTenant.make()
        _ = try await tenant.acme.person(roles: ["owner"])
        _ = try await tenant.acme.person(roles: ["admin"])
        _ = try await tenant.acme.person(roles: ["viewer"])
        let enrolled = try await tenant.acme.person(roles: ["admin"])
        try await tenant.acme.plantFactor(of: enrolled)
        let plan = try await tenant.preview(Self.asking("owner, admin"))
        #expect(
            plan.changes.map { "\($0.path)" } == ["policy.second_factor.grace", "policy.second_factor.required_for"])
        #expect(plan.counts == [.peopleNewlyAsked: 3, .peopleNewlyAskedWithoutFactor: 2])
        #expect(plan.warnings == [])
        let harsh = try await tenant.preview(Self.asking("owner, admin", grace: "0s"))
        #expect(
            harsh.counts == [.peopleNewlyAsked: 3, .peopleNewlyAskedWithoutFactor: 2, .peopleLockedOut: 2])
        #expect(harsh.warnings.map(\.code) == [.everyOwnerLockedOut])
    }

    @Test("a rule that asks fewer people, gives more time or believes devices for longer is told as weaker")
    func weaker() async throws {
        let tenant = try await DatabaseTenant.make(Self.asking("owner, admin", grace: "7d"))
        _ = try await tenant.acme.person(roles: ["admin"])
        let fewer = try await tenant.preview(Self.asking("owner", grace: "7d"))
        #expect(fewer.counts == [.peopleNoLongerAsked: 1])
        #expect(fewer.warnings.map(\.code) == [.secondFactorWeakened])
        let later = try await tenant.preview(Self.asking("owner, admin", grace: "30d, remember: 30d"))
        #expect(later.warnings.map(\.code) == [.secondFactorWeakened, .secondFactorWeakened])
        let stronger = try await tenant.preview(Self.asking("owner, admin, viewer", grace: "1d"))
        #expect(stronger.warnings == [])
    }

    @Test("people who have a factor that would be offered no more are counted")
    func removedFactor() async throws {
        let tenant = try await DatabaseTenant.make()
        try await tenant.acme.plantFactor(of: try await tenant.acme.person())
        let plan = try await tenant.preview(
            "sign_in: {password: {}}\npolicy: {second_factor: {required_for: []}}")
        #expect(plan.counts == [.peopleWithRemovedFactor: 1])
        #expect(plan.warnings.map(\.code) == [.factorRemoved])
        #expect(plan.warnings.map(\.path) == ["sign_in.totp"])
    }

    @Test("keys that would be overdue or written otherwise are counted, and sessions that stay as they are")
    func keysAndSessions() async throws {
        let tenant = try await DatabaseTenant.make()
        _ = try await tenant.acme.apiKey()
        _ = try await tenant.acme.apiKey("other")
        tenant.acme.clock.advance(by: .seconds(20 * 86_400))
        _ = try await tenant.acme.signedIn()
        let base = DatabaseTenant.configuration
        let aged = try await tenant.preview(base + "api_keys: {max_age: 30d}")
        #expect(aged.counts == [.apiKeysOverdue: 2])
        let form = try await tenant.preview(base + "api_keys: {prefix: other}")
        #expect(form.counts == [.apiKeysOfOtherForm: 2])
        #expect(form.warnings.map(\.code) == [.keyFormChanged])
        let sessions = try await tenant.preview(
            "sign_in: {password: {}, totp: {}}\n"
                + "policy: {second_factor: {required_for: []}, sessions: {refresh_token: 1d}}")
        #expect(sessions.counts == [.sessionsUnchanged: 1])
    }

    @Test(
        "what an author should think of is told",
        arguments: [
            ("audience: other", ["audience_changed"]),
            ("cors: {origins: ['https://a.example']}", ["origin_added"]),
            ("", []), ("name: Another name", []), ("first_owner: a@b.example", []),
        ])
    func warnings(addition: String, expected: [String]) async throws {
        let tenant = try await DatabaseTenant.make()
        let plan = try await tenant.preview(DatabaseTenant.configuration + addition)
        #expect(plan.warnings.map(\.code.rawValue) == expected)
        #expect(plan.changes.isEmpty == addition.isEmpty)
    }

    @Test("guessing made easier, another algorithm and longer tokens are told, and that a page may call no more")
    func policyWarnings() async throws {
        let tenant = try await DatabaseTenant.make(
            DatabaseTenant.configuration + "cors: {origins: ['https://a.example']}")
        let plan = try await tenant.preview(
            """
            sign_in: {password: {}, totp: {}}
            policy:
              second_factor: {required_for: []}
              attempts: {failures_before_delay: 50}
              signing_key: {algorithm: eddsa}
              sessions: {access_token: 30m}
            """)
        #expect(
            plan.warnings.map(\.code) == [
                .attemptsWeakened, .originRemoved, .signingAlgorithmChanged, .accessTokenLengthened,
            ])
    }

    @Test("a configuration that is not sound has all its problems and no plan")
    func unsound() async throws {
        let tenant = try await DatabaseTenant.make()
        await #expect {
            _ = try await tenant.preview("sign_in: {password: {minimum_length: 2}}\nno_such: 1")
        } throws: { error in
            guard case OnboardingRefusal.configuration(let problems) = error else { return false }
            return Set(problems.map(\.key)).isSuperset(of: ["sign_in.password.minimum_length", "no_such"])
        }
    }

    @Test("a plan changes nothing, and counts nobody of another tenant")
    func isolation() async throws {
        let (tenant, other) = (try await DatabaseTenant.make(), try await DatabaseTenant.make())
        _ = try await other.acme.person(roles: ["owner"])
        try await other.acme.plantFactor(of: try await other.acme.person(roles: ["admin"]))
        _ = try await other.acme.apiKey()
        let plan = try await tenant.preview(
            "sign_in: {password: {}, totp: {}}\n"
                + "policy: {second_factor: {required_for: [owner, admin], grace: 0s}, sessions: {refresh_token: 1d}}\n"
                + "api_keys: {max_age: 1h, prefix: x1}")
        #expect(plan.counts == [:])
        #expect(try await tenant.record.revision == 1)
        #expect(try await tenant.node.registry.tenant(id: tenant.acme.id)?.policy.secondFactor.requiredFor == [])
    }

    private static func asking(_ roles: String, grace: String = "7d") -> String {
        "sign_in: {password: {}, totp: {}}\n"
            + "policy: {second_factor: {required_for: [\(roles)], grace: \(grace)}}\n"
    }
}

extension ConfigurationPlan {
    var counts: [ConfigurationEffect.Code: Int] {
        Dictionary(affected.map { ($0.code, $0.count) }, uniquingKeysWith: +)
    }
}

extension TestTenant {
    /// A confirmed factor, past its setting up.
    func plantFactor(of person: User) async throws {
        let id = FactorID.make(at: clock.now)
        _ = try await database.run([
            BoundStatement(AddFactor(id: id, user: person.id, kind: "totp", isBackup: false, at: clock.now)),
            BoundStatement(ConfirmFactor(id: id, user: person.id, at: clock.now)),
        ])
    }
}
