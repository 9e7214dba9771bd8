import PluginKit

/// A platform's database where one statement takes too long.
struct FailingPlatformDatabase: PlatformDatabase {
    let database: any PlatformDatabase
    let statement: SQL

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        if statements.contains(where: { $0.sql == statement }) { throw DatabaseError.timedOut }
        return try await database.run(statements)
    }
}
