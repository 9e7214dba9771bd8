import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// Transactions of one round trip, alone and side by side.
    @Suite("Pipelined transactions")
    struct PipelineTests {
        @Test("what was acknowledged is there, and only for its tenant")
        func readBack() async throws {
            try await TestCluster.current.database.withStore { store in
                let (tenant, other) = (store.database(of: .fresh()), store.database(of: .fresh()))
                try await tenant.execute(AddNote(id: 1, body: "mine"))
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == ["mine"])
                let foreign = try await other.rows(ListNotes(ids: 1...9))
                #expect(foreign == [])
            }
        }

        @Test("statements of one run are one transaction: an error undoes all of them")
        func atomic() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                await #expect(throws: DatabaseError.uniqueViolation(constraint: "notes_pkey")) {
                    try await tenant.run([BoundStatement(AddNote(id: 1)), BoundStatement(AddNote(id: 1))])
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("a failure harms no transaction beside it")
        func neighbours() async throws {
            try await TestCluster.current.database.withStore({
                PostgresSettings(connection: $0, pipelineConnections: 1)
            }) { store in
                let id = TenantID.fresh()
                let tenant = store.database(of: id)
                let outcomes = await withTaskGroup(of: (Int, DatabaseError?).self) { group in
                    for number in 0..<60 {
                        group.addTask {
                            do {
                                try await tenant.execute(
                                    AddNote(id: number, body: number % 3 == 0 ? "forbidden" : "fine"))
                                return (number, nil)
                            } catch {
                                return (number, error as? DatabaseError)
                            }
                        }
                    }
                    return await group.reduce(into: [Int: DatabaseError?]()) { $0[$1.0] = $1.1 }
                }
                for number in 0..<60 {
                    let expected = number % 3 == 0 ? DatabaseError.checkViolation(constraint: "notes_body_check") : nil
                    #expect(outcomes[number] == .some(expected))
                }
                let found = try await tenant.rows(ListNotes(ids: 0...99)).count
                #expect(found == 40)
            }
        }

        @Test("a failed transaction does not break the statements that its neighbours were about to prepare")
        func preparationBesideFailure() async throws {
            try await TestCluster.current.database.withStore({
                PostgresSettings(connection: $0, pipelineConnections: 1)
            }) { store in
                let tenant = store.database(of: .fresh())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: DatabaseError.checkViolation(constraint: "notes_body_check")) {
                            _ = try await tenant.run([
                                BoundStatement(AddNote(id: 1, body: "forbidden")),
                                BoundStatement(ListNotes(ids: 1...2)),
                            ])
                        }
                    }
                    for _ in 0..<3 {
                        group.addTask {
                            let rows = try await tenant.rows(ListNotes(ids: 1...2))
                            #expect(rows == [])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("an error at the commit reaches the caller, and nothing is kept")
        func deferredConstraint() async throws {
            try await TestCluster.current.database.withStore({
                PostgresSettings(connection: $0, pipelineConnections: 1)
            }) { store in
                let tenant = store.database(of: .fresh())
                await #expect(throws: DatabaseError.foreignKeyViolation(constraint: "notes_next")) {
                    try await tenant.execute(AddNote(id: 1, next: 2))
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
                _ = try await tenant.run([BoundStatement(AddNote(id: 1, next: 2)), BoundStatement(AddNote(id: 2))])
                let kept = try await tenant.rows(ListNotes(ids: 1...9)).count
                #expect(kept == 2)
            }
        }

        @Test("more statements than a connection keeps prepared all work, and go on working")
        func preparedStatementsAreBounded() async throws {
            let url = try TestCluster.current.database.app
            let names = try await BlockingThread.run {
                let target = ConnectionTarget(url, applicationName: "test")
                let connection = try Connection.open(target, preparedStatements: 3)
                try connection.enterPipeline()
                let statements: [SQL] = [
                    "SELECT 1::int8", "SELECT 2::int8", "SELECT 3::int8", "SELECT 4::int8", "SELECT 5::int8",
                ]
                for _ in 0..<3 {
                    for (number, sql) in statements.enumerated() {
                        let result = try connection.perform(
                            [BoundStatement(sql: sql, parameters: [])], within: .seconds(5))
                        #expect(result[0].rows == [[.int(Int64(number + 1))]])
                    }
                }
                let kept: SQL = "SELECT count(*) FROM pg_prepared_statements"
                return try connection.perform([BoundStatement(sql: kept, parameters: [])], within: .seconds(5))[0].rows
            }
            // The one that the last statement has crowded out is released before the next.
            #expect(names == [[.int(4)]])
        }

        @Test("a statement whose result changed its shape under a running program works again")
        func changedSchema() async throws {
            let database = try await TestCluster.current.preparedDatabase()
            try await database.withStore({ PostgresSettings(connection: $0, pipelineConnections: 1) }) { store in
                let tenant = store.database(of: .fresh())
                try await tenant.execute(AddNote(id: 1))
                let notes = ListNotes(ids: 1...9)
                let before = try await tenant.rows(notes)
                let change = "ALTER TABLE gatehouse.notes ALTER body TYPE varchar(80)"
                try await TestCluster.current.admin(change, database: database.name)
                await #expect(throws: DatabaseError.failed(sqlState: "0A000")) { try await tenant.rows(notes) }
                let after = try await tenant.rows(notes)
                #expect(before == after)
            }
        }

        @Test("thousands of transactions side by side come back right")
        func load() async throws {
            let tenants = (0..<4).map { _ in TenantID.fresh() }
            try await TestCluster.current.database.withStore(
                signer: CachedSigner(tenants),
                {
                    PostgresSettings(connection: $0, deadline: .seconds(30), maximumWaiting: 5000)
                }
            ) { store in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<3000 {
                        group.addTask {
                            let body = "note \(number)"
                            let tenant = store.database(of: tenants[number % 4])
                            let results = try await tenant.run([
                                BoundStatement(AddNote(id: number, body: body)),
                                BoundStatement(ListNotes(ids: number...number)),
                            ])
                            #expect(results[0].affected == 1)
                            #expect(results[1].rows == [[.text(body)]])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
