import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("What each database role may do")
struct RolePrivilegeTests {
    @Test(
        "the application reads none of the platform's tables",
        arguments: [
            "context_keys", "tenants", "tenant_domains", "operators", "platform_events", "operations",
        ])
    func platformTables(_ table: String) async throws {
        let tenant = try await TestTenant.make()
        for sql in ["SELECT FROM gatehouse.\(table)", "DELETE FROM gatehouse.\(table)"] {
            await #expect(throws: DatabaseError.refused) { try await tenant.database.affected(sql) }
        }
    }

    @Test("the application adds to the audit trail and never changes it")
    func auditTrail() async throws {
        let tenant = try await TestTenant.make()
        for sql in ["UPDATE gatehouse.audit_events SET type = 'x'", "DELETE FROM gatehouse.audit_events"] {
            await #expect(throws: DatabaseError.refused) { try await tenant.database.affected(sql) }
        }
    }

    @Test("no role of the program empties a table or changes its shape")
    func shape() async throws {
        let database = try await TestDatabase.shared
        let tenant = try await TestTenant.make()
        let roles: [any StatementRunner] = [tenant.database, database.platform, database.maintenance]
        for table in try await TenantTables.names() {
            for role in roles {
                for sql in [
                    "TRUNCATE gatehouse.\(table)", "ALTER TABLE gatehouse.\(table) DISABLE ROW LEVEL SECURITY",
                    "DROP TABLE gatehouse.\(table)",
                ] {
                    await #expect(throws: DatabaseError.refused, "\(sql)") { try await role.affected(sql) }
                }
            }
        }
    }

    @Test(
        "no role of the program becomes another",
        arguments: [
            "gatehouse_owner", "gatehouse_migrator", "gatehouse_platform", "gatehouse_maintenance", "postgres",
        ])
    func becoming(_ role: String) async throws {
        let tenant = try await TestTenant.make()
        await #expect(throws: DatabaseError.refused) { try await tenant.database.affected("SET ROLE \(role)") }
    }

    @Test("the platform reads and writes no table of tenants")
    func platform() async throws {
        let database = try await TestDatabase.shared
        for (table, insert) in TenantTables.inserts(user: "NULL") {
            for sql in ["SELECT FROM gatehouse.\(table)", "DELETE FROM gatehouse.\(table)", insert] {
                await #expect(throws: DatabaseError.refused, "\(table)") { try await database.platform.affected(sql) }
            }
        }
    }

    @Test("maintenance deletes only what it may, and reads nothing else")
    func maintenance() async throws {
        let database = try await TestDatabase.shared
        let purged = Set(RetentionTests.dates.map(\.0))
        for table in try await TenantTables.names().subtracting(purged).subtracting(["alarms"]) {
            for sql in ["SELECT FROM gatehouse.\(table)", "DELETE FROM gatehouse.\(table)"] {
                await #expect(throws: DatabaseError.refused, "\(table)") {
                    try await database.maintenance.affected(sql)
                }
            }
        }
        for table in purged.union(["alarms"]) {
            await #expect(throws: DatabaseError.refused, "\(table)") {
                try await database.maintenance.affected("UPDATE gatehouse.\(table) SET tenant_id = tenant_id")
            }
        }
    }

    @Test("maintenance sees whose alarm has gone off, changes none, and sees no other")
    func alarms() async throws {
        let (rung, quiet) = (try await TestTenant.make(), try await TestTenant.make())
        let set = "INSERT INTO gatehouse.alarms (kind, at) VALUES ('api_keys', now()"
        try await rung.database.affected("\(set) - interval '1 second')")
        try await quiet.database.affected("\(set) + interval '1 hour')")
        let maintenance = try await TestDatabase.shared.maintenance
        for (tenant, count) in [(rung, 1), (quiet, 0)] {
            let row = "gatehouse.alarms WHERE tenant_id = '\(tenant.id.rawValue)'"
            #expect(try await maintenance.affected("SELECT FROM \(row)") == count)
            await #expect(throws: DatabaseError.refused) { try await maintenance.affected("DELETE FROM \(row)") }
        }
        var seen: Set<TenantID> = []
        try await TenantAlarms(database: maintenance).forEach { seen.insert($0) }
        #expect(seen.contains(rung.id))
        #expect(!seen.contains(quiet.id))
    }
}
