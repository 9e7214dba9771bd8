import Foundation
import MigrationFiles
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// The schema's way forward.
    @Suite("Migrations")
    struct MigrationTests {
        private static let first = MigrationFile(name: "0001_first", sql: "CREATE TABLE gatehouse.first (id bigint)")
        private static let second = MigrationFile(
            name: "0002_second",
            sql: "CREATE TABLE gatehouse.second (id bigint); INSERT INTO gatehouse.second VALUES (1)")

        @Test("the program's list holds every file of the folder, in order and as it is")
        func embedded() throws {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
                .resolvingSymlinksInPath().appending(path: "../../migrations").standardizedFileURL
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "sql").path())
                .sorted()
            #expect(MigrationFiles.migrations.map { $0.name + ".sql" } == names)
            for file in MigrationFiles.migrations {
                let text = try String(contentsOf: folder.appending(path: "sql/\(file.name).sql"), encoding: .utf8)
                #expect(file.sql == text)
            }
            let roles = try String(contentsOf: folder.appending(path: "roles.sql"), encoding: .utf8)
            #expect(MigrationFiles.roles == roles)
        }

        @Test("a plan names what is pending and changes nothing")
        func plan() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            let runner = runner(database, [Self.first, Self.second])
            for _ in 0..<2 {
                let plan = try await runner.plan()
                #expect(plan == MigrationPlan(applied: [], pending: ["0001_first", "0002_second"], drift: []))
            }
            let applied = try await runner.apply()
            #expect(applied == ["0001_first", "0002_second"])
            let plan = try await runner.plan()
            #expect(plan == MigrationPlan(applied: applied, pending: [], drift: []))
            #expect(plan.isCurrent)
            let again = try await runner.apply()
            #expect(again == [])
        }

        @Test("of many who migrate at once, one does each migration")
        func concurrent() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await runner(database, [Self.first, Self.second]).apply() }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == ["0001_first", "0002_second"])
        }

        @Test("a migration that fails leaves nothing of itself, keeps those before it, and says why")
        func failure() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            let broken = MigrationFile(
                name: "0002_broken", sql: "CREATE TABLE gatehouse.half (id bigint); SELECT nonsense")
            do {
                _ = try await runner(database, [Self.first, broken]).apply()
                Issue.record("it was applied")
            } catch let error as PostgresStartError {
                #expect(error.problem.contains("0002_broken"))
                #expect(error.problem.contains("nonsense"))
            }
            let applied = try await runner(database, [Self.first, Self.second]).apply()
            #expect(applied == ["0002_second"])
            let half = try await TestCluster.current.rows(
                of: "SELECT to_regclass('gatehouse.half')::text", database.name)
            #expect(half == [[.text(nil)]])
        }

        @Test("a changed file, an unknown one and a gap are each named, and nothing runs")
        func drift() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            _ = try await runner(database, [Self.first, Self.second]).apply()
            let third = MigrationFile(name: "0003_third", sql: "SELECT 1")
            let cases: [([MigrationFile], String)] = [
                ([MigrationFile(name: "0001_first", sql: "SELECT 2"), Self.second, third], "0001_first was changed"),
                ([Self.first, third], "0002_second has run, and this program does not know it"),
                (
                    [Self.first, MigrationFile(name: "0001_gap", sql: "SELECT 1"), Self.second, third],
                    "0001_gap has not run"
                ),
            ]
            for (files, sentence) in cases {
                let plan = try await runner(database, files).plan()
                #expect(plan.drift.count == 1)
                #expect(plan.drift.first?.contains(sentence) == true)
                #expect(!plan.isCurrent)
                await #expect(throws: PostgresStartError.self) { try await runner(database, files).apply() }
            }
            let plan = try await runner(database, [Self.first, Self.second, third]).plan()
            #expect(plan.pending == ["0003_third"])
        }

        @Test("a serving process can tell whether its database is current")
        func seenByStores() async throws {
            let database = try await TestCluster.current.emptyDatabase()
            try await database.withPlatformStore { store in
                let plan = try await MigrationRunner.plan(using: store)
                #expect(plan == MigrationPlan(fresh: MigrationFiles.migrations))
            }
            try await database.prepare()
            try await database.withPlatformStore { store in
                let plan = try await MigrationRunner.plan(using: store)
                #expect(plan.isCurrent)
                #expect(plan.applied == MigrationFiles.migrations.map(\.name))
            }
        }

        @Test("a role that may not migrate is told so")
        func wrongRole() async throws {
            let app = try TestCluster.current.database.app
            await #expect(throws: PostgresStartError.self) {
                try await MigrationRunner(connection: app, logger: .silent).apply()
            }
        }

        @Test("the roles can be made again without harm")
        func rolesTwice() async throws {
            try await TestCluster.current.admin(MigrationFiles.roles)
            try await TestCluster.current.admin(MigrationFiles.roles)
            try await TestCluster.current.database.withStore { try await $0.ping() }
        }

        @Test("every statement of the store is valid for the role that runs it")
        func statements() async throws {
            let all =
                StoreStatements.all + MigrationStatements.all + ClusterStatements.all + NotificationStatements.all
            for statement in all {
                let url = try TestCluster.current.database.migrator
                try await BlockingThread.run {
                    let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
                    try connection.enterPipeline()
                    _ = try connection.rows(BecomeOwner())
                    let isUtility = ["BEGIN", "COMMIT", "ROLLBACK", "SET "].contains {
                        statement.sql.text.hasPrefix($0)
                    }
                    if !isUtility { try connection.runScript("PREPARE checked AS \(statement.sql.text)") }
                }
            }
        }

        private func runner(_ database: TestDatabase, _ files: [MigrationFile]) -> MigrationRunner {
            MigrationRunner(connection: database.migrator, files: files, logger: .silent)
        }
    }
}
