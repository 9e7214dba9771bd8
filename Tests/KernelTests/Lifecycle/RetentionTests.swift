import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

// A purge is for all tenants, so one test would take away what another has planted.
@Suite("Retention", .serialized)
struct RetentionTests {
    /// A table, the column that says how old a row is, and how old it must be.
    static let dates = [
        ("attempts", "empty_at", "1 hour"), ("idempotency_keys", "created_at", "24 hours"),
        ("sign_in_transactions", "expires_at", "1 hour"), ("sessions", "expires_at", "90 days"),
        ("invitations", "expires_at", "90 days"), ("factors", "created_at", "1 hour"),
        ("enrollment_tickets", "expires_at", "90 days"), ("devices", "expires_at", "1 day"),
        ("failures", "failed_at", "90 days"), ("api_keys", "revoked_at", "90 days"),
        ("sign_up_requests", "expires_at", "0 hours"),
        ("api_key_secrets", "ended_at", "90 days"), ("api_key_rotations", "created_at", "1 year"),
        ("users", "deleted_at", "30 days"),
    ]

    @Test("a purge deletes rows past their date and no others", arguments: dates)
    func purge(_ table: String, _ column: String, _ age: String) async throws {
        let (young, old) = (try await PlantedTenants.make().owner, try await PlantedTenants.make().owner)
        try await date(table, column, "now() - interval '\(age)' + interval '1 minute'", in: young)
        try await date(table, column, "now() - interval '\(age)' - interval '1 minute'", in: old)
        let deleted = try await Retention(database: try await TestDatabase.shared.maintenance).purge()
        #expect(deleted.deleted.keys.sorted() == Self.dates.map(\.0).sorted())
        #expect(deleted.failures.isEmpty)
        #expect(try await young.database.affected("SELECT FROM gatehouse.\(table)") == 1)
        #expect(try await old.database.affected("SELECT FROM gatehouse.\(table)") == 0)
    }

    @Test("the maintenance role cannot delete a row before its date, whatever its statement says", arguments: dates)
    func tooEarly(_ table: String, _ column: String, _ age: String) async throws {
        let tenant = try await PlantedTenants.make().owner
        try await date(table, column, "now() - interval '\(age)' + interval '1 minute'", in: tenant)
        let maintenance = try await TestDatabase.shared.maintenance
        let row = "gatehouse.\(table) WHERE tenant_id = '\(tenant.id.rawValue)'"
        #expect(try await maintenance.affected("SELECT FROM \(row)") == 0)
        #expect(try await maintenance.affected("DELETE FROM \(row)") == 0)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.\(table)") == 1)
    }

    @Test("a session that was ended counts from its end")
    func endedSessions() async throws {
        let tenant = try await PlantedTenants.make().owner
        try await date("sessions", "ended_at", "now() - interval '91 days'", in: tenant)
        try await date("sessions", "expires_at", "now() + interval '1 day'", in: tenant)
        _ = try await Retention(database: try await TestDatabase.shared.maintenance).purge()
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.sessions") == 0)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.refresh_tokens") == 0)
    }

    @Test("a rotation keeps its history when the keys that it tells of are gone")
    func rotations() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let rotation = try await tenant.rotate(issued.key.id, overlapSeconds: 0).rotation
        _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: .hostOperator(.test())).get()
        try await date("api_keys", "revoked_at", "now() - interval '91 days'", in: tenant)
        _ = try await Retention(database: try await TestDatabase.shared.maintenance).purge()
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.api_key_secrets") == 0)
        let progress = try #require(try await tenant.keyRotations.rotation(rotation)?.progress)
        #expect((progress.total, progress.rotated) == (1, 1))
    }

    @Test("a purge goes on until nothing is left, however much there is")
    func batches() async throws {
        let tenant = try await TestTenant.make()
        try await tenant.database.affected(
            """
            INSERT INTO gatehouse.attempts (bucket, empty_at)
            SELECT sha256(convert_to(n::text, 'UTF8')), now() - interval '2 hours'
            FROM   generate_series(1, \(2 * Retention.batchSize + 1)) AS n
            """)
        let maintenance = try await TestDatabase.shared.maintenance
        _ = try await Retention(database: maintenance).purge()
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.attempts") == 0)
    }

    @Test("secrets that ended go, however many others are overdue")
    func overdueSecrets() async throws {
        // In this order, so that the overdue ones are met first.
        let overdue = try await PlantedTenants.make().owner
        try await plantOverdueKeys(Retention.batchSize, in: overdue)
        let ended = try await PlantedTenants.make().owner
        try await date("api_key_secrets", "ended_at", "now() - interval '91 days'", in: ended)
        let maintenance = try await TestDatabase.shared.maintenance
        #expect(
            try await maintenance.affected("SELECT FROM gatehouse.api_key_secrets WHERE ended_at IS NULL")
                >= Retention.batchSize)
        _ = try await Retention(database: maintenance).purge()
        #expect(try await ended.database.affected("SELECT FROM gatehouse.api_key_secrets") == 0)
        #expect(try await overdue.database.affected("SELECT FROM gatehouse.api_key_secrets") == Retention.batchSize + 1)
        try await TestDatabase.shared.administrator.affected(
            "DELETE FROM gatehouse.api_keys WHERE tenant_id = '\(overdue.id.rawValue)' AND name = 'overdue'")
    }

    @Test("a table that fails keeps none of the others from its turn, and is counted")
    func failingTable() async throws {
        let tenant = try await PlantedTenants.make().owner
        try await date("failures", "failed_at", "now() - interval '91 days'", in: tenant)
        try await date("attempts", "empty_at", "now() - interval '2 hours'", in: tenant)
        let failing = FailingPlatformDatabase(
            database: try await TestDatabase.shared.maintenance, statement: PurgeAttempts.sql)
        let sweep = try await Retention(database: failing).purge()
        #expect(sweep.failures.keys.sorted() == ["attempts"])
        #expect(sweep.failures["attempts"] as? DatabaseError == .timedOut)
        #expect(sweep.deleted["attempts"] == 0)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.failures") == 0)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.attempts") == 1)
    }

    /// Gives a tenant so many keys that should have been rotated by now.
    private func plantOverdueKeys(_ count: Int, in tenant: TestTenant) async throws {
        try await tenant.database.affected(
            """
            INSERT INTO gatehouse.api_keys
                   (id, name, scopes, lifetime_seconds, allowed_networks, metadata, created_at, updated_at)
            SELECT gen_random_uuid(), 'overdue', '{users.read}', 1, '{}', '{}', now(), now()
            FROM   generate_series(1, \(count))
            """)
        try await tenant.database.affected(
            """
            INSERT INTO gatehouse.api_key_secrets (id, key_id, hash, hash_key_id, expires_at, rotate_by, created_at)
            SELECT k.id, k.id, sha256(uuid_send(k.id)), h.id, now() + interval '1 day', now() - interval '1 hour', now()
            FROM   gatehouse.api_keys k, gatehouse.hash_keys h
            WHERE  k.name = 'overdue'
            """)
    }

    /// Dates the rows of a tenant; the superuser may where the application may not.
    private func date(_ table: String, _ column: String, _ time: String, in tenant: TestTenant) async throws {
        let state = table == "users" ? ", state = 'deleted'" : ""
        let changed = try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.\(table) SET \(column) = \(time)\(state) WHERE tenant_id = '\(tenant.id.rawValue)'")
        #expect(changed == 1)
    }
}
