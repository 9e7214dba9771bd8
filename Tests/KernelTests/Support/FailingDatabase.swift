import PluginKit

@testable import Kernel

/// A tenant's database that is gone at the moment when one statement is to run.
struct FailingDatabase: TenantDatabase {
    let database: any TenantDatabase
    let statement: SQL

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try refuse(statements)
        return try await database.run(statements)
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await database.transaction { try await body(FailingTransaction(transaction: $0, database: self)) }
    }

    fileprivate func refuse(_ statements: [BoundStatement]) throws {
        if statements.contains(where: { $0.sql == statement }) { throw DatabaseError.unavailable }
    }
}

private struct FailingTransaction: TenantTransaction {
    let transaction: any TenantTransaction
    let database: FailingDatabase

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try database.refuse(statements)
        return try await transaction.run(statements)
    }
}
