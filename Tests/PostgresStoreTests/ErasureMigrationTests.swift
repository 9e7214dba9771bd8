import MigrationFiles
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What the erasure of people finds in a database from before it.
    @Suite("The migration to erasure")
    struct ErasureMigrationTests {
        @Test("what served the signing in of people who were deleted before goes; that of others stays")
        func before() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            let files = MigrationFiles.migrations
            let index = try #require(files.firstIndex { $0.name.hasSuffix("_erasure") })
            _ = try await runner(database, Array(files[..<index])).apply()
            try await TestCluster.current.admin(Self.rows, database: database.name)
            _ = try await runner(database, files).apply()
            let left = try await TestCluster.current.rows(
                of: "SELECT user_id::text FROM gatehouse.password_credentials ORDER BY 1", database.name)
            #expect(left == [[.text("00000000-0000-0000-0000-00000000000a")]])
            let key = try await TestCluster.current.rows(
                of: "SELECT owner_id::text FROM gatehouse.api_keys", database.name)
            #expect(key == [[.text("00000000-0000-0000-0000-00000000000b")]])
        }

        /// A tenant with somebody who is active and somebody who is deleted, each with a password; the second has a key.
        private static let rows = """
            INSERT INTO gatehouse.tenants (id, slug, name, managed_by, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000001', 'acme', 'Acme', 'file', now(), now());
            INSERT INTO gatehouse.users (tenant_id, id, sealed_login, state, deleted_at, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a', '', 'active', NULL,
                    now(), now()),
                   ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000b', '', 'deleted', now(),
                    now(), now());
            INSERT INTO gatehouse.password_credentials (tenant_id, user_id, sealed_hash, normalization, changed_at)
            SELECT tenant_id, id, '', 1, now() FROM gatehouse.users;
            INSERT INTO gatehouse.api_keys
                (tenant_id, id, name, scopes, owner_id, lifetime_seconds, allowed_networks, metadata, created_at, updated_at)
            SELECT tenant_id, id, 'k', '{users.read}', id, 1, '{}', '{}', now(), now()
            FROM   gatehouse.users
            WHERE  state = 'deleted';
            """

        private func runner(_ database: TestDatabase, _ files: [MigrationFile]) -> MigrationRunner {
            MigrationRunner(connection: database.migrator, files: files, logger: .silent)
        }
    }
}
