package import Logging
internal import MigrationFiles
package import PluginKit

/// Brings the database's schema up to the program's, forward only. Connects as `gatehouse_migrator`.
///
/// Each migration is a transaction of its own, run as `gatehouse_owner`. Of several processes that migrate at once, one
/// works and the others wait.
package struct MigrationRunner: Sendable {
    private let target: ConnectionTarget
    private let files: [MigrationFile]
    private let logger: Logger

    package init(connection: SecretText, logger: Logger) {
        self.init(connection: connection, files: MigrationFiles.migrations, logger: logger)
    }

    init(connection: SecretText, files: [MigrationFile], logger: Logger) {
        target = ConnectionTarget(connection, applicationName: "gatehouse migrate")
        self.files = files
        self.logger = logger
    }

    /// What would be done. Changes nothing.
    ///
    /// - Throws: ``PostgresStartError``, or ``DatabaseError``.
    package func plan() async throws -> MigrationPlan {
        try await withOwner { try $0.plan() }
    }

    /// Runs what is pending, and tells the names.
    ///
    /// - Throws: ``PostgresStartError``, also where the history contradicts the files; then nothing has run.
    package func apply() async throws -> [String] {
        try await withOwner { try $0.apply() }
    }

    /// Makes `keys`, and no others, the keys that prove a tenant: the current one first, at most one previous one.
    ///
    /// - Parameter keys: 32 to 64 bytes each.
    package func installContextKeys(_ keys: [SecretBytes]) async throws {
        precondition((1...2).contains(keys.count) && keys.allSatisfy { (32...64).contains($0.count) })
        try await withOwner { try $0.install(keys) }
    }

    /// How the schema compares, through a store that is open already.
    package static func plan(using store: PostgresPlatformStore) async throws -> MigrationPlan {
        guard try await store.first(FindMigrationTable()) == true else {
            return MigrationPlan(fresh: MigrationFiles.migrations)
        }
        return MigrationPlan(comparing: try await store.rows(CompareMigrations(files: MigrationFiles.migrations)))
    }

    private func withOwner<Value: Sendable>(
        _ work: @escaping @Sendable (MigrationSession) throws -> Value
    ) async throws -> Value {
        try await BlockingThread.run {
            let connection = try Connection.open(target)
            try ServerVersion.check(connection.serverVersion)
            return try work(try MigrationSession(connection: connection, files: files, logger: logger))
        }
    }
}
