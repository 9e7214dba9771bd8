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

extension Tenant {
    /// This tenant, whose database is gone whenever `statement` is to run. Its providers keep the database they have.
    func failing(at statement: (some Statement).Type) -> Tenant {
        Tenant(
            id: id, isSuspended: isSuspended, plan: plan, issuer: issuer,
            database: FailingDatabase(database: database, statement: statement.sql),
            secrets: secrets, passwordAuthenticator: passwordAuthenticator, passwordKeeper: passwordKeeper,
            factors: factors, keys: keys, keyCache: keyCache,
            logger: logger, closers: closers)
    }
}
