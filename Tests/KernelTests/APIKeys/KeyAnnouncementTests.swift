import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("What the database announces about API keys")
struct KeyAnnouncementTests {
    @Test("is read where it is written so, and nothing else is taken for it")
    func reading() {
        let (tenant, id) = (UUID(), UUID())
        let expected: [(String, KeyAnnouncement?)] = [
            ("\(tenant) key \(id)", .key(KeyID(rawValue: id), TenantID(rawValue: tenant))),
            ("\(tenant.uuidString.lowercased()) owner \(id)", .owner(UserID(rawValue: id), TenantID(rawValue: tenant))),
            ("\(tenant) all", .tenant(TenantID(rawValue: tenant))),
            ("", nil), ("all", nil), ("\(tenant)", nil), ("\(tenant) ", nil), ("\(tenant) key", nil),
            ("\(tenant) key ", nil), ("\(tenant) key x", nil), ("\(tenant) all \(id)", nil),
            ("\(tenant) key \(id) ", nil), ("\(tenant)  key \(id)", nil), (" \(tenant) all", nil),
            ("\(tenant) secret \(id)", nil), ("\(tenant) KEY \(id)", nil), ("x key \(id)", nil),
        ]
        for (payload, announcement) in expected { #expect(KeyAnnouncement(payload) == announcement, "\(payload)") }
    }

    @Test("names the key, whatever ends it or changes what it allows", arguments: KeyChange.all)
    func keys(_ change: KeyChange) async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        if change.needsRotation { _ = try await tenant.rotate(issued.key.id, overlapSeconds: 100) }
        let heard = try await tenant.announcements { try await change.apply(tenant, issued) }
        #expect(heard == [.key(issued.key.id, tenant.id)])
    }

    @Test("names the owner, whatever changes what he may do")
    func owners() async throws {
        let tenant = try await TestTenant.make()
        let (keeper, caller) = (try await tenant.keeper(), Caller.hostOperator(.test()))
        _ = try await tenant.apiKey(by: keeper)
        let people = try await tenant.people
        let changes: [() async throws -> Void] = [
            { _ = try await people.suspend(keeper.person, by: caller).get() },
            { _ = try await people.resume(keeper.person, by: caller).get() },
            { _ = try await people.setRoles(["admin", "viewer"], of: keeper.person, by: caller).get() },
            { _ = try await people.setRoles([], of: keeper.person, by: caller).get() },
            { _ = try await people.delete(keeper.person, by: caller).get() },
        ]
        for change in changes {
            #expect(try await tenant.announcements(during: change) == [.owner(keeper.person, tenant.id)])
        }
    }

    @Test("names the old owner and the new one of a role that is moved from one to the other")
    func movedRole() async throws {
        let tenant = try await TestTenant.make()
        let (one, two) = (try await tenant.keeper(), try await tenant.keeper(roles: ["viewer"]))
        _ = try await tenant.apiKey(by: one)
        _ = try await tenant.apiKey(scopes: [.productRead], by: two)
        let heard = try await tenant.announcements {
            try await tenant.database.affected(
                """
                UPDATE gatehouse.role_assignments
                SET    user_id = '\(two.person.rawValue)'
                WHERE  user_id = '\(one.person.rawValue)'
                """)
        }
        #expect(heard == [.owner(one.person, tenant.id), .owner(two.person, tenant.id)])
    }

    @Test("is about all keys where a role of the tenant's own allows something else")
    func roles() async throws {
        let tenant = try await TestTenant.make()
        let caller = Caller.hostOperator(.test())
        let role = try await tenant.roles.write("reader", permissions: [.usersRead], expected: nil, by: caller).get()
        let heard = try await tenant.announcements {
            _ = try await tenant.roles.write("reader", permissions: [], expected: role.version, by: caller).get()
        }
        #expect(heard == [.tenant(tenant.id)])
        let removed = try await tenant.announcements {
            _ = try await TestDatabase.shared.administrator.affected(
                "DELETE FROM gatehouse.roles WHERE tenant_id = '\(tenant.id.rawValue)'")
        }
        #expect(removed == [.tenant(tenant.id)])
    }

    @Test("is nothing where people own no keys, and where keys are made, used, counted or put on a schedule")
    func silence() async throws {
        let tenant = try await TestTenant.make()
        let (person, caller) = (try await tenant.person(roles: ["admin"]), Caller.hostOperator(.test()))
        let issued = try await tenant.apiKey(lifetimeSeconds: 1000)
        let heard = try await tenant.announcements {
            _ = try await tenant.people.suspend(person.id, by: caller).get()
            _ = try await tenant.people.resume(person.id, by: caller).get()
            _ = try await tenant.people.setRoles(["viewer"], of: person.id, by: caller).get()
            _ = try await tenant.people.update(person.id, to: UserChanges(displayName: DisplayName("n")), by: caller)
                .get()
            _ = try await tenant.apiKey(by: try await tenant.keeper())
            #expect(try await tenant.refusal(of: issued.text) == nil)
            await tenant.services.keyUses.flush()
            tenant.clock.advance(by: .seconds(600))
            #expect(try await tenant.ringKeyClock() == 1)
            _ = try await tenant.reopened("api_keys: {max_age: 1h}")
        }
        #expect(try await tenant.events(.apiKeyOverdue).count == 1)
        #expect(heard == [])
    }
}

/// What ends a key, or changes what it allows.
struct KeyChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let needsRotation: Bool
    private let body: @Sendable (TestTenant, IssuedAPIKey, Caller) async throws -> Void

    func apply(_ tenant: TestTenant, _ issued: IssuedAPIKey) async throws {
        try await body(tenant, issued, .hostOperator(.test()))
    }

    private init(
        _ name: String, needsRotation: Bool = false,
        _ body: @escaping @Sendable (TestTenant, IssuedAPIKey, Caller) async throws -> Void
    ) {
        testDescription = name
        self.needsRotation = needsRotation
        self.body = body
    }

    static let all = [
        KeyChange("revoked") { _ = try await $0.apiKeys.revoke($1.key.id, because: nil, by: $2).get() },
        KeyChange("deleted") { _ = try await $0.apiKeys.delete($1.key.id, by: $2).get() },
        KeyChange("changed") {
            _ = try await $0.apiKeys.update($1.key.id, to: APIKeyChanges(scopes: [.auditRead]), by: $2).get()
        },
        KeyChange("rotated") { _ = try await $0.rotate($1.key.id, by: $2) },
        KeyChange("replaced at once") { _ = try await $0.rotate($1.key.id, overlapSeconds: 0, by: $2) },
        KeyChange("rotation finished", needsRotation: true) {
            _ = try await $0.apiKeys.finishRotation(of: $1.key.id, by: $2).get()
        },
        KeyChange("rotation taken back", needsRotation: true) {
            _ = try await $0.apiKeys.cancelRotation(of: $1.key.id, by: $2).get()
        },
        KeyChange("overlap over", needsRotation: true) { tenant, _, _ in
            tenant.clock.advance(by: .seconds(100))
            try await tenant.ringKeyClock()
        },
        KeyChange("expired") { tenant, _, _ in
            tenant.clock.advance(by: .seconds(90 * 86_400))
            try await tenant.ringKeyClock()
        },
        KeyChange("leaked") { tenant, issued, _ in
            try await tenant.services.leakReports(of: tenant.tenant).report(issued.text, from: .test())
        },
    ]
}
