import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// The proof of the tenant, as the database checks it.
    @Suite("Tenant context")
    struct TenantContextTests {
        private static let tenant = TenantID.fresh()
        private static let good = TestSigner.current.signedContext(for: tenant)
        private static let foreign = TestSigner.current.signedContext(for: .fresh())

        /// Contexts that prove nothing.
        private static let forgedContexts = [
            "", ".", "\(tenant.rawValue.uuidString.lowercased())",
            "\(tenant.rawValue.uuidString.lowercased()).\(String(repeating: "0", count: 64))",
            "\(good.prefix(36)).\(foreign.suffix(64))",
            good.uppercased(), good + "0", " " + good, good + "\n", String(good.dropLast()),
            TestSigner.previous.signedContext(for: tenant),
            "\(good.prefix(36)).\(TestSigner.current.mac(of: String(good.prefix(36))))",
        ]

        @Test("a forged, damaged or missing context reads nothing and writes nothing", arguments: forgedContexts)
        func forgeries(_ context: String) async throws {
            try await TestCluster.current.database.withStore(signer: FixedSigner(context: context)) { store in
                let tenant = store.database(of: Self.tenant)
                await #expect(throws: DatabaseError.refused) { try await tenant.rows(ListNotes(ids: 1...9)) }
                await #expect(throws: DatabaseError.refused) { try await tenant.execute(AddNote(id: 1)) }
                await #expect(throws: DatabaseError.refused) {
                    try await tenant.transaction { try await $0.rows(ListNotes(ids: 1...9)) }
                }
            }
        }

        @Test("the database computes the same code as openssl")
        func proven() async throws {
            try await TestCluster.current.database.withStore { store in
                let found = try await store.database(of: Self.tenant).value("SELECT gatehouse.tenant()")
                #expect(found == .id(Self.tenant))
            }
        }

        @Test("a store finds out whether the database knows its signer's key")
        func signer() async throws {
            let database = try await TestCluster.current.database
            #expect(try await database.withStore { try await $0.isSignerAccepted() })
            #expect(try await !database.withStore(signer: TestSigner.previous) { try await $0.isSignerAccepted() })
        }

        @Test("injected SQL cannot change the tenant")
        func injection() async throws {
            try await TestCluster.current.database.withStore { store in
                let (own, other) = (TenantID.fresh(), TenantID.fresh())
                try await store.database(of: other).execute(AddNote(id: 1))
                let forged =
                    "\(other.rawValue.uuidString.lowercased()).\(TestSigner.current.signedContext(for: own).suffix(64))"
                await #expect(throws: DatabaseError.refused) {
                    try await store.database(of: own).run([
                        BoundStatement(SetTenantContext(context: forged)), BoundStatement(ListNotes(ids: 1...9)),
                    ])
                }
            }
        }

        @Test("the context is gone after the sync point")
        func locality() async throws {
            let url = try TestCluster.current.database.app
            let (inside, after) = try await BlockingThread.run {
                let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
                try connection.enterPipeline()
                let read = BoundStatement(sql: "SELECT current_setting('gatehouse.tenant', true)", parameters: [])
                let set = BoundStatement(SetTenantContext(context: "anything"))
                let inside = try connection.perform([set, read], within: .seconds(5))[1].rows
                return (inside, try connection.perform([read], within: .seconds(5))[0].rows)
            }
            #expect(inside == [[.text("anything")]])
            #expect(after == [[.text("")]])
        }

        @Test("the application cannot read the keys, undo a policy or write for another tenant")
        func privileges() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: Self.tenant)
                let attempts: [SQL] = [
                    "SELECT place FROM gatehouse.context_keys",
                    "ALTER TABLE gatehouse.notes NO FORCE ROW LEVEL SECURITY",
                    "DROP POLICY tenant_isolation ON gatehouse.notes",
                    "CALL gatehouse.isolate('gatehouse.notes')",
                    "SET ROLE gatehouse_owner",
                    "CREATE TABLE gatehouse.mine ()",
                    "CREATE TEMPORARY TABLE mine ()",
                    "INSERT INTO gatehouse.notes (tenant_id, id, body) VALUES ('00000000-0000-7000-8000-000000000001', 1, '')",
                ]
                for sql in attempts {
                    await #expect(throws: DatabaseError.refused, "\(sql.text)") { try await tenant.value(sql) }
                }
            }
        }

        @Test("while the key rotates, both keys prove a tenant; afterwards the old one does not")
        func rotation() async throws {
            let database = try await TestCluster.current.preparedDatabase()
            let runner = MigrationRunner(connection: database.migrator, logger: .silent)
            try await runner.installContextKeys([TestSigner.previousKey])
            try await database.withStore(signer: TestSigner.previous) { old in
                try await database.withStore(signer: TestSigner.current) { new in
                    let (before, after) = (old.database(of: Self.tenant), new.database(of: Self.tenant))
                    try await before.execute(AddNote(id: 1))
                    await #expect(throws: DatabaseError.refused) { try await after.rows(ListNotes(ids: 1...9)) }

                    try await runner.installContextKeys([TestSigner.currentKey, TestSigner.previousKey])
                    for tenant in [before, after] {
                        let found = try await tenant.rows(ListNotes(ids: 1...9))
                        #expect(found == ["text"])
                    }

                    try await runner.installContextKeys([TestSigner.currentKey])
                    let found = try await after.rows(ListNotes(ids: 1...9))
                    #expect(found == ["text"])
                    await #expect(throws: DatabaseError.refused) { try await before.rows(ListNotes(ids: 1...9)) }
                }
            }
        }

        @Test("the owner himself reads nothing without a proven tenant")
        func owner() async throws {
            try await TestCluster.current.database.withStore {
                _ = try await $0.database(of: Self.tenant).execute(AddNote(id: 77))
            }
            let url = try TestCluster.current.adminURL(database: "gatehouse")
            await #expect(throws: DatabaseError.refused) {
                try await BlockingThread.run {
                    let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
                    try connection.enterPipeline()
                    _ = try connection.rows(BecomeOwner())
                    _ = try connection.rows(ListNotes(ids: 1...99))
                }
            }
        }
    }
}
