import PluginKit

@testable import Kernel

/// A tenant's database that is asked for nothing by whoever is in a transaction of it, except through the transaction.
///
/// A transaction holds locks. Another connection may stand before these very locks, so whoever asks it meanwhile may
/// wait for himself.
struct StrictDatabase: TenantDatabase {
    @TaskLocal private static var isInTransaction = false

    let database: any TenantDatabase

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        if Self.isInTransaction { throw AskedAnotherConnection() }
        return try await database.run(statements)
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        if Self.isInTransaction { throw AskedAnotherConnection() }
        return try await database.transaction { transaction in
            try await Self.$isInTransaction.withValue(true) { try await body(transaction) }
        }
    }
}

struct AskedAnotherConnection: Error {}
