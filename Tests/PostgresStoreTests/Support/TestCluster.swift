import Foundation
import Logging
import MigrationFiles
import PluginKit
import Testing

@testable import PostgresStore

/// All tests that need a server share one, which is started before the first and stopped after the last. One test runs
/// at a time, so that the deadlines of one are not spent by the load of another.
@Suite("PostgresStore", .testCluster, .serialized)
struct DatabaseTests {}

/// A cluster of the tests' own in a temporary folder.
struct TestCluster: Sendable {
    @TaskLocal static var shared: TestCluster?

    /// The shared cluster; its database `gatehouse` is migrated and has the table of ``TestTable``.
    static var current: TestCluster {
        get throws { try #require(shared) }
    }

    let directory: String
    let cluster: EmbeddedCluster
    let connections: EmbeddedCluster.Connections

    static func start(in directory: String) async throws -> TestCluster {
        let cluster = EmbeddedCluster(directory: directory, logger: .silent)
        return TestCluster(directory: directory, cluster: cluster, connections: try await cluster.start())
    }

    /// A new short path under `/tmp`.
    static func temporaryDirectory() -> String {
        "/tmp/gatehouse-test-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    }

    var folder: ClusterFolder { ClusterFolder(path: directory) }
    var data: String { folder.data }

    func remove() async throws {
        await cluster.stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    // MARK: Databases

    /// A database of its own with roles and nothing else, for tests that migrate.
    func emptyDatabase() async throws -> TestDatabase {
        let database = TestDatabase(name: Self.databaseName(), cluster: self)
        try await admin("CREATE DATABASE \(database.name)", database: "postgres")
        try await admin(MigrationFiles.roles, database: database.name)
        return database
    }

    /// A database of its own that is migrated and has a key and the table, for tests that change the schema.
    func preparedDatabase() async throws -> TestDatabase {
        let database = TestDatabase(name: Self.databaseName(), cluster: self)
        try await admin("CREATE DATABASE \(database.name) TEMPLATE \(Self.template)", database: "postgres")
        // Privileges on the database itself are not copied.
        try await admin(MigrationFiles.roles, database: database.name)
        return database
    }

    /// Makes what ``preparedDatabase()`` copies.
    func makeTemplate() async throws {
        try await admin("CREATE DATABASE \(Self.template)", database: "postgres")
        try await admin(MigrationFiles.roles, database: Self.template)
        try await TestDatabase(name: Self.template, cluster: self).prepare()
    }

    private static let template = "prepared_template"

    private static func databaseName() -> String { "test_\(String(UInt32.random(in: 0 ... .max), radix: 36))" }

    var database: TestDatabase { TestDatabase(name: "gatehouse", cluster: self) }

    /// Runs SQL as the superuser.
    func admin(_ script: String, database: String = "gatehouse") async throws {
        let url = try adminURL(database: database)
        try await BlockingThread.run {
            let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
            try connection.enterPipeline()
            try connection.runScript(script)
        }
    }

    /// The rows of a query of the superuser.
    func rows(of sql: SQL, _ database: String = "gatehouse") async throws -> [[SQLValue]] {
        let url = try adminURL(database: database)
        return try await BlockingThread.run {
            let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
            try connection.enterPipeline()
            return try connection.perform([BoundStatement(sql: sql, parameters: [])], within: .seconds(10))[0].rows
        }
    }

    /// Returns once a connection of `application` runs ``Dawdle``.
    func untilAsleep(_ application: String) async throws {
        let url = try adminURL(database: "postgres")
        try await BlockingThread.run {
            let connection = try Connection.open(ConnectionTarget(url, applicationName: "test"))
            try connection.enterPipeline()
            while try connection.rows(FindSleepers(application: application)).isEmpty {}
        }
    }

    func adminURL(database: String) throws -> SecretText {
        try ClusterServer(folder: folder, logger: .silent).url(
            of: "postgres", database: database, passwords: try ClusterPasswords.kept(in: folder))
    }

    /// Runs one of PostgreSQL's own programs as the server's user.
    @discardableResult
    func program(_ name: String, _ arguments: [String]) async throws -> ChildProgram.Output {
        try await BlockingThread.run {
            try ServerPrograms.find(for: try SystemUser.forServer()).run(name, arguments)
        }
    }
}

/// One database of the cluster, and how its roles reach it.
struct TestDatabase: Sendable {
    let name: String
    let cluster: TestCluster

    var app: SecretText { url(cluster.connections.app) }
    var platform: SecretText { url(cluster.connections.platform) }
    var migrator: SecretText { url(cluster.connections.migrator) }

    /// The program's migrations, one context key, and ``TestTable``.
    func prepare() async throws {
        let runner = MigrationRunner(connection: migrator, logger: .silent)
        _ = try await runner.apply()
        try await runner.installContextKeys([TestSigner.currentKey])
        try await cluster.admin(TestTable.definition, database: name)
    }

    func withStore<Value: Sendable>(
        signer: any TenantContextSigner = TestSigner.current,
        _ settings: (SecretText) -> PostgresSettings = { PostgresSettings(connection: $0) },
        _ body: (PostgresStore) async throws -> Value
    ) async throws -> Value {
        let store = PostgresStore(settings: settings(app), signer: signer, logger: .silent)
        try await store.start()
        do {
            let value = try await body(store)
            await store.shutdown()
            return value
        } catch {
            await store.shutdown()
            throw error
        }
    }

    func withPlatformStore<Value: Sendable>(_ body: (PostgresPlatformStore) async throws -> Value) async throws -> Value
    {
        let store = PostgresPlatformStore(settings: PostgresSettings(connection: platform), logger: .silent)
        try await store.start()
        do {
            let value = try await body(store)
            await store.shutdown()
            return value
        } catch {
            await store.shutdown()
            throw error
        }
    }

    private func url(_ url: SecretText) -> SecretText {
        url.withExposed { SecretText($0.replacing("@/gatehouse?", with: "@/\(name)?")) }
    }
}

/// Starts the shared cluster around the whole suite.
struct TestClusterTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
        do {
            try await cluster.database.prepare()
            try await cluster.makeTemplate()
            try await TestCluster.$shared.withValue(cluster) { try await function() }
        } catch {
            try await cluster.remove()
            throw error
        }
        try await cluster.remove()
    }
}

extension Trait where Self == TestClusterTrait {
    static var testCluster: Self { TestClusterTrait() }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
