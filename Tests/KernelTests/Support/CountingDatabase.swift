import PluginKit
import Synchronization

@testable import Kernel

/// A tenant's database that notes what it is asked, round trip by round trip.
final class CountingDatabase: TenantDatabase {
    private let database: any TenantDatabase
    private let asked = Mutex<[[SQL]]>([])

    init(_ database: any TenantDatabase) {
        self.database = database
    }

    /// The statements of each round trip while `body` ran.
    func roundTrips(of body: () async throws -> Void) async throws -> [[SQL]] {
        asked.withLock { $0 = [] }
        try await body()
        return asked.withLock { $0 }
    }

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        note(statements)
        return try await database.run(statements)
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await database.transaction { try await body(CountingTransaction(transaction: $0, database: self)) }
    }

    fileprivate func note(_ statements: [BoundStatement]) { asked.withLock { $0.append(statements.map(\.sql)) } }
}

private struct CountingTransaction: TenantTransaction {
    let transaction: any TenantTransaction
    let database: CountingDatabase

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        database.note(statements)
        return try await transaction.run(statements)
    }
}

/// Gives every tenant the same database, which notes what it is asked.
struct CountingDatabases: TenantDatabases {
    let only: CountingDatabase

    func database(of tenant: TenantID) -> any TenantDatabase { only }
}
