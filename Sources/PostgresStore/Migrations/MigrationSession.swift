internal import Logging
internal import MigrationFiles
internal import PluginKit

/// One connection that speaks as the owner. Blocks the thread that uses it.
struct MigrationSession {
    private let connection: Connection
    private let files: [MigrationFile]
    private let logger: Logger

    /// - Throws: ``PostgresStartError`` where the connection's role may not become the owner.
    init(connection: Connection, files: [MigrationFile], logger: Logger) throws {
        self.connection = connection
        self.files = files
        self.logger = logger
        try connection.enterPipeline()
        do {
            _ = try connection.rows(BecomeOwner())
        } catch {
            throw PostgresStartError(
                problem: "the database role of the migrations may not act as gatehouse_owner",
                remedy: "connect as gatehouse_migrator, and run migrations/roles.sql once as a superuser"
            )
        }
    }

    func plan() throws -> MigrationPlan {
        guard try connection.rows(FindMigrationTable()) == [true] else { return MigrationPlan(fresh: files) }
        return MigrationPlan(comparing: try connection.rows(CompareMigrations(files: files)))
    }

    func apply() throws -> [String] {
        _ = try connection.rows(LockMigrations(), within: .seconds(300))
        try connection.runScript(MigrationStatements.table.text)
        let plan = try plan()
        guard plan.drift.isEmpty else {
            throw PostgresStartError(
                problem: "the database's history contradicts this program: \(plan.drift.joined(separator: "; "))",
                remedy: "run the release that the database belongs to, or a later one"
            )
        }
        for file in files where plan.pending.contains(file.name) { try apply(file) }
        return plan.pending
    }

    func install(_ keys: [SecretBytes]) throws {
        let inserts = keys.enumerated().map { BoundStatement(InsertContextKey(place: $0 + 1, key: $1)) }
        _ = try connection.perform([BoundStatement(DeleteContextKeys())] + inserts, within: .seconds(10))
    }

    /// An error leaves the transaction open; it ends with the connection.
    private func apply(_ file: MigrationFile) throws {
        try connection.runScript(MigrationStatements.begin.text)
        do {
            try connection.runScript(file.sql)
            _ = try connection.rows(RecordMigration(file: file))
            try connection.runScript(MigrationStatements.commit.text)
        } catch let error as ScriptError {
            throw PostgresStartError(
                problem: "migration \(file.name) failed: \(error)",
                remedy: "nothing of it was kept; mend the cause and migrate again"
            )
        }
        logger.info("migrated", metadata: ["migration": "\(file.name)"])
    }
}
