import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("People")
struct PeopleTests {
    @Test("a person is what he was made as")
    func create() async throws {
        let tenant = try await TestTenant.make()
        let name = try #require(DisplayName("  Anna Karenina "))
        let new = NewUser(login: "Anna@Example.com".asLogin(), displayName: name, roles: ["viewer", "manager"])
        let made = try await tenant.people.create(new, by: .hostOperator(.test())).get()
        let found = try #require(try await tenant.people.user(made.id))
        #expect((found.login, found.displayName, found.state) == ("Anna@Example.com", "Anna Karenina", .active))
        #expect(found.roles == ["manager", "viewer"])
        #expect((found.createdAt, found.updatedAt) == (tenant.clock.now, tenant.clock.now))
    }

    @Test("a login is taken in whatever spelling, also by many at once")
    func loginTaken() async throws {
        let tenant = try await TestTenant.make()
        let spellings = ["anna@example.com", "ANNA@example.com", "Anna@Example.com", "ａnna@example.com"]
        let outcomes = try await inParallel(12) { number in
            try await tenant.people.create(
                NewUser(login: spellings[number % 4].asLogin()), by: .hostOperator(.test())
            ).refusal
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .loginTaken } == 11)
        #expect(try await tenant.people.list(after: nil, limit: 50).count == 1)
    }

    @Test("a login that is changed to a taken one stays")
    func loginChange() async throws {
        let tenant = try await TestTenant.make()
        let (anna, bert) = (try await tenant.person("anna@example.com"), try await tenant.person("bert@example.com"))
        let taken = UserChanges(login: "ANNA@example.com".asLogin())
        #expect(try await tenant.people.update(bert.id, to: taken, by: .hostOperator(.test())).refusal == .loginTaken)
        let own = UserChanges(login: "ANNA@example.com".asLogin())
        #expect(
            try await tenant.people.update(anna.id, to: own, by: .hostOperator(.test())).get().login
                == "ANNA@example.com")
        #expect(try await tenant.people.user(bert.id)?.login == "bert@example.com")
    }

    @Test("what a change does not name stays as it is")
    func partialChange() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person("anna@example.com", roles: ["member"])
        tenant.clock.advance(by: .seconds(9))
        let changed = try await tenant.people.update(
            person.id, to: UserChanges(displayName: DisplayName("Anna")), by: .hostOperator(.test())
        ).get()
        #expect((changed.login, changed.displayName, changed.roles) == ("anna@example.com", "Anna", ["member"]))
        #expect((changed.createdAt, changed.updatedAt) == (person.createdAt, tenant.clock.now))
    }

    @Test("a deleted person is gone everywhere, and whoever takes his login later is somebody else")
    func deletion() async throws {
        let tenant = try await TestTenant.make()
        let first = try await tenant.signedIn("anna@example.com", roles: ["admin"])
        try await tenant.people.delete(first.id, by: .hostOperator(.test())).get()
        #expect(try await tenant.people.user(first.id) == nil)
        #expect(try await tenant.people.list(after: nil, limit: 50).isEmpty)
        #expect(try await tenant.people.delete(first.id, by: .hostOperator(.test())).refusal == .notFound)
        let second = try await tenant.person("anna@example.com")
        #expect(second.id != first.id)
        #expect(second.roles.isEmpty)
        #expect(try await tenant.signIn("anna@example.com").isRefused)
    }

    @Test(
        "whoever is unknown, deleted or another tenant's is not found by any change", arguments: PeopleChange.allCases)
    func notFound(_ change: PeopleChange) async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let deleted = try await tenant.person()
        try await tenant.people.delete(deleted.id, by: .hostOperator(.test())).get()
        let foreign = try await other.person()
        for id in [UserID.make(at: tenant.clock.now), deleted.id, foreign.id] {
            #expect(try await change.apply(to: id, in: tenant, by: .hostOperator(.test())) == .notFound)
        }
        #expect(try await other.people.user(foreign.id)?.updatedAt == foreign.updatedAt)
        #expect(try await other.people.user(foreign.id)?.roles == [])
    }

    @Test("a list goes through all people once, in pages")
    func paging() async throws {
        let tenant = try await TestTenant.make()
        var made: [UserID] = []
        for _ in 0..<7 {
            tenant.clock.advance(by: .seconds(1))
            made.append(try await tenant.person().id)
        }
        var pages: [[UserID]] = []
        repeat {
            pages.append(try await tenant.people.list(after: pages.last?.last, limit: 3).map(\.id))
        } while pages.last?.isEmpty == false
        #expect(pages.map(\.count) == [3, 3, 1, 0])
        #expect(pages.flatMap(\.self) == made)
    }

    @Test("a password that somebody else sets must be changed, and a weak one makes nobody")
    func password() async throws {
        let tenant = try await TestTenant.make()
        let weak = NewUser(login: "anna@example.com".asLogin(), password: SecretText("anna@example.com"))
        let refusal = try await tenant.people.create(weak, by: .hostOperator(.test())).refusal
        #expect(refusal?.weaknesses == ["equals_login"])
        #expect(try await tenant.people.list(after: nil, limit: 50).isEmpty)
        let good = NewUser(login: "anna@example.com".asLogin(), password: TestPerson.password)
        _ = try await tenant.people.create(good, by: .hostOperator(.test())).get()
        #expect(try await tenant.signIn("anna@example.com").transaction != nil)
    }
}

/// A change that somebody makes to a person.
enum PeopleChange: CaseIterable {
    case update, suspend, resume, delete, setRoles, revokeSessions

    /// What the audit trail calls it.
    var event: AuditEventType {
        switch self {
        case .update: .userChanged
        case .suspend: .userSuspended
        case .resume: .userResumed
        case .delete: .userDeleted
        case .setRoles: .rolesAssigned
        case .revokeSessions: .sessionsRevoked
        }
    }

    /// Makes the change, and gives why it was refused.
    func apply(to id: UserID, in tenant: TestTenant, by caller: Caller) async throws -> Refusal? {
        let people = try await tenant.people
        switch self {
        case .update:
            return try await people.update(id, to: UserChanges(displayName: DisplayName("New")), by: caller).refusal
        case .suspend: return try await people.suspend(id, by: caller).refusal
        case .resume: return try await people.resume(id, by: caller).refusal
        case .delete: return try await people.delete(id, by: caller).refusal
        case .setRoles: return try await people.setRoles(["viewer"], of: id, by: caller).refusal
        case .revokeSessions: return try await people.revokeSessions(of: id, by: caller).refusal
        }
    }
}
