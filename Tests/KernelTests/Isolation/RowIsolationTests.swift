import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// What one tenant can do to another's rows with SQL of its choice, as if it had injected it.
@Suite("Rows of one tenant")
struct RowIsolationTests {
    @Test("these tests know every table of tenants")
    func complete() async throws {
        #expect(Set(TenantTables.inserts(user: "NULL").map(\.table)) == (try await TenantTables.names()))
    }

    @Test("are seen by it and by no other")
    func reading() async throws {
        let planted = try await PlantedTenants.make()
        for table in try await TenantTables.names() {
            let query = "SELECT tenant_id FROM gatehouse.\(table)"
            #expect(try await planted.owner.database.affected(query) == 1, "\(table)")
            #expect(try await planted.stranger.database.affected(query) == 0, "\(table)")
        }
    }

    @Test("are changed and deleted by no other, whatever the condition")
    func writing() async throws {
        let planted = try await PlantedTenants.make()
        for table in try await TenantTables.names() {
            for sql in [
                "UPDATE gatehouse.\(table) SET tenant_id = tenant_id",
                "DELETE FROM gatehouse.\(table) WHERE tenant_id = '\(planted.owner.id.rawValue)'",
            ] {
                #expect(try await touched(sql, in: planted.stranger) == 0, "\(sql)")
            }
            #expect(try await planted.owner.database.affected("SELECT tenant_id FROM gatehouse.\(table)") == 1)
        }
    }

    @Test("are planted by no other")
    func planting() async throws {
        let planted = try await PlantedTenants.make()
        let other = try await TestTenant.make()
        for (table, sql) in TenantTables.inserts(user: planted.person, tenant: "'\(other.id.rawValue)'") {
            await #expect(throws: DatabaseError.refused, "\(table)") {
                try await planted.stranger.database.affected(sql)
            }
        }
    }

    @Test("are not given away to another")
    func moving() async throws {
        let planted = try await PlantedTenants.make()
        for table in try await TenantTables.names() {
            let sql = "UPDATE gatehouse.\(table) SET tenant_id = '\(planted.stranger.id.rawValue)'"
            await #expect(throws: DatabaseError.refused, "\(table)") { try await planted.owner.database.affected(sql) }
        }
    }

    @Test("cannot be referred to by another, which cannot even tell that they exist")
    func references() async throws {
        let planted = try await PlantedTenants.make()
        let nobody = "'\(UserID.make(at: planted.owner.clock.now).rawValue)'"
        let referring: Set = [
            "role_assignments", "invitations", "password_credentials", "password_history", "sign_in_transactions",
            "sessions", "refresh_tokens",
        ]
        for person in [planted.person, nobody] {
            for (table, sql) in TenantTables.inserts(user: person) where referring.contains(table) {
                await #expect("\(table)") {
                    try await planted.stranger.database.affected(sql)
                } throws: { error in
                    if case DatabaseError.foreignKeyViolation = error { true } else { false }
                }
            }
        }
    }

    @Test("do not take away any name, login or id from another")
    func uniqueKeys() async throws {
        let planted = try await PlantedTenants.make()
        for (table, sql) in TenantTables.inserts(user: planted.person) {
            #expect(try await planted.stranger.database.affected(sql) == 1, "\(table)")
        }
    }

    @Test("go with a tenant's own deletions only")
    func cascades() async throws {
        let planted = try await PlantedTenants.make()
        for (_, sql) in TenantTables.inserts(user: planted.person) { try await planted.stranger.database.affected(sql) }
        // A person who owns keys is not deleted from under them.
        try await planted.stranger.database.affected("UPDATE gatehouse.api_keys SET owner_id = NULL")
        let deleted = try await TestDatabase.shared.administrator.affected(
            "DELETE FROM gatehouse.users WHERE tenant_id = '\(planted.stranger.id.rawValue)'")
        #expect(deleted == 1)
        for table in try await TenantTables.names() {
            #expect(
                try await planted.owner.database.affected("SELECT tenant_id FROM gatehouse.\(table)") == 1, "\(table)")
        }
    }

    /// Rows that `sql` touched; a missing privilege touches none.
    private func touched(_ sql: String, in tenant: TestTenant) async throws -> Int {
        do {
            return try await tenant.database.affected(sql)
        } catch DatabaseError.refused {
            return 0
        }
    }
}
