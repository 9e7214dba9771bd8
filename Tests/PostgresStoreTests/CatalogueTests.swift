import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// The rules of isolation, held against good and bad catalogues.
    @Suite("Inspection of the catalogue")
    struct CatalogueTests {
        /// What a careless migration might do, and what must be said of it.
        private struct Mistake: Sendable {
            let lint: String
            let object: String
            let script: String

            init(_ lint: String, _ object: String, _ script: String) {
                self.lint = lint
                self.object = object
                self.script = script
            }
        }

        private static let tenantColumn = "tenant_id uuid NOT NULL DEFAULT gatehouse.tenant()"

        private static let mistakes = [
            Mistake("L1", "bad", "CREATE TABLE gatehouse.bad (\(tenantColumn))"),
            Mistake(
                "L1", "bad",
                "CREATE TABLE gatehouse.bad (\(tenantColumn)); ALTER TABLE gatehouse.bad ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
            ),
            Mistake("L1", "notes", "ALTER TABLE gatehouse.notes NO FORCE ROW LEVEL SECURITY"),
            Mistake("L1", "notes", "ALTER POLICY tenant_isolation ON gatehouse.notes WITH CHECK (true)"),
            Mistake("L1", "notes", "ALTER POLICY tenant_isolation ON gatehouse.notes TO gatehouse_owner"),
            Mistake("L1", "open on notes", "CREATE POLICY open ON gatehouse.notes TO gatehouse_platform USING (true)"),
            Mistake("L1", "open on notes", "CREATE POLICY open ON gatehouse.notes USING (true)"),
            Mistake("L1", "notes", "ALTER TABLE gatehouse.notes ALTER tenant_id DROP DEFAULT"),
            Mistake(
                "L1", "bad_part",
                """
                CREATE TABLE gatehouse.bad (\(tenantColumn), id int) PARTITION BY LIST (id); CALL gatehouse.isolate('gatehouse.bad');
                CREATE TABLE gatehouse.bad_part PARTITION OF gatehouse.bad FOR VALUES IN (1)
                """),
            Mistake("L2", "bad", "CREATE TABLE gatehouse.bad (id int); GRANT SELECT ON gatehouse.bad TO gatehouse_app"),
            Mistake("L2", "context_keys", "GRANT SELECT (place) ON gatehouse.context_keys TO gatehouse_app"),
            Mistake("L2", "schema_migrations", "GRANT DELETE ON gatehouse.schema_migrations TO gatehouse_app"),
            Mistake("L3", "bad", "CREATE VIEW gatehouse.bad AS SELECT id FROM gatehouse.notes"),
            Mistake(
                "L4", "bad()", "CREATE FUNCTION gatehouse.bad() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
            ),
            Mistake(
                "L4", "bad()",
                "CREATE FUNCTION gatehouse.bad() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1'"
            ),
            Mistake(
                "L5", "bad()",
                """
                CREATE FUNCTION gatehouse.bad() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
                GRANT EXECUTE ON FUNCTION gatehouse.bad() TO PUBLIC
                """),
            Mistake("L6", "bad_pkey", "CREATE TABLE gatehouse.bad (\(tenantColumn), id int PRIMARY KEY)"),
            Mistake(
                "L6", "bad_id",
                "CREATE TABLE gatehouse.bad (\(tenantColumn), id int); CREATE UNIQUE INDEX bad_id ON gatehouse.bad (id)"
            ),
            Mistake(
                "L6", "bad_key",
                "CREATE TABLE gatehouse.bad (\(tenantColumn), id int, CONSTRAINT bad_key UNIQUE (id, tenant_id))"),
            Mistake(
                "L6", "bad_id_fkey on bad",
                """
                CREATE TABLE gatehouse.target (id int PRIMARY KEY);
                CREATE TABLE gatehouse.bad (\(tenantColumn), id int REFERENCES gatehouse.target)
                """),
            Mistake(
                "L7", "bad()",
                "CREATE FUNCTION gatehouse.bad() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('a') $$"
            ),
            Mistake("context", "gatehouse.tenant()", "ALTER FUNCTION gatehouse.tenant() SECURITY INVOKER"),
            Mistake("R1", "bad", "RESET ROLE; CREATE TABLE gatehouse.bad (id int)"),
            Mistake("R7", "public for gatehouse_app", "RESET ROLE; GRANT CREATE ON SCHEMA public TO gatehouse_app"),
            Mistake(
                "R9", "bad",
                """
                CREATE MATERIALIZED VIEW gatehouse.bad AS SELECT 1 AS id WITH NO DATA;
                GRANT SELECT ON gatehouse.bad TO gatehouse_app
                """),
            Mistake(
                "R11", "bad(integer)",
                "RESET ROLE; CREATE FUNCTION gatehouse.bad(int) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true'"),
            Mistake("R17", "notes to gatehouse_app", "GRANT TRUNCATE ON gatehouse.notes TO gatehouse_app"),
            Mistake(
                "R18", "bad", "CREATE SEQUENCE gatehouse.bad; GRANT SELECT ON SEQUENCE gatehouse.bad TO gatehouse_app"),
            Mistake("role-platform", "notes", "GRANT SELECT ON gatehouse.notes TO gatehouse_platform"),
        ]

        /// What a careless administrator might do to the roles of the whole cluster, and how it is undone.
        private static let roleMistakes: [(mistake: Mistake, undo: String)] = [
            (
                Mistake("role-attributes", "gatehouse_app", "ALTER ROLE gatehouse_app BYPASSRLS"),
                "ALTER ROLE gatehouse_app NOBYPASSRLS"
            ),
            (
                Mistake("role-attributes", "gatehouse_platform", "ALTER ROLE gatehouse_platform SUPERUSER"),
                "ALTER ROLE gatehouse_platform NOSUPERUSER"
            ),
            (
                Mistake(
                    "role-membership", "gatehouse_app in gatehouse_owner", "GRANT gatehouse_owner TO gatehouse_app"),
                "REVOKE gatehouse_owner FROM gatehouse_app"
            ),
            (
                Mistake("role-owner-login", "gatehouse_owner", "ALTER ROLE gatehouse_owner LOGIN"),
                "ALTER ROLE gatehouse_owner NOLOGIN"
            ),
        ]

        @Test("the program's own schema has no finding, for either store")
        func clean() async throws {
            let database = try await TestCluster.current.preparedDatabase()
            try await database.withStore { store in
                let findings = try await CatalogueInspection(store).run()
                #expect(findings == [])
            }
            try await database.withPlatformStore { store in
                let findings = try await CatalogueInspection(store).run()
                #expect(findings == [])
            }
        }

        @Test("every mistake of a migration is found")
        func mistakes() async throws {
            for mistake in Self.mistakes {
                let database = try await TestCluster.current.preparedDatabase()
                try await TestCluster.current.admin(
                    "SET ROLE gatehouse_owner; \(mistake.script)", database: database.name)
                try await expectFinding(of: mistake, in: database)
            }
        }

        @Test("every mistake with the roles is found")
        func roleMistakes() async throws {
            let database = try await TestCluster.current.preparedDatabase()
            for (mistake, undo) in Self.roleMistakes {
                try await TestCluster.current.admin(mistake.script, database: database.name)
                try await expectFinding(of: mistake, in: database)
                try await TestCluster.current.admin(undo, database: database.name)
            }
        }

        @Test("a store that is connected as another role is found out")
        func wrongRole() async throws {
            let cluster = try TestCluster.current
            for url in [
                cluster.database.platform, cluster.database.migrator, try cluster.adminURL(database: "gatehouse"),
            ] {
                let store = PostgresStore(
                    settings: PostgresSettings(connection: url), signer: TestSigner.current, logger: .silent)
                try await store.start()
                let findings = try await CatalogueInspection(store).run()
                await store.shutdown()
                #expect(findings.contains { $0.lint == "role-connected" })
            }
        }

        private func expectFinding(of mistake: Mistake, in database: TestDatabase) async throws {
            try await database.withStore { store in
                let findings = try await CatalogueInspection(store).run()
                let isFound = findings.contains { $0.lint == mistake.lint && $0.object == mistake.object }
                #expect(isFound, "\(mistake.script)\n\(findings.map(\.description).joined(separator: "\n"))")
            }
        }
    }
}
