import DatabaseTesting
import PluginKit
import Synchronization

@testable import Kernel

/// A tenant's database where something else happens first, once, at the moment when one statement is to run; where that
/// is ``HoldSessionEpoch``, also when a transaction is to begin.
final class InterruptedDatabase: TenantDatabase {
    private let database: any TenantDatabase
    private let statement: SQL
    private let event: Mutex<(@Sendable () async throws -> Void)?>

    init(
        _ database: any TenantDatabase, before statement: SQL, _ event: @escaping @Sendable () async throws -> Void
    ) {
        self.database = database
        self.statement = statement
        self.event = Mutex(event)
    }

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        if statements.contains(where: { $0.sql == statement }) { try await interrupt() }
        return try await database.run(statements)
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        // Nothing else may be asked of the database while the transaction is under way, so it waits before it begins.
        if statement == HoldSessionEpoch.sql { try await interrupt() }
        return try await database.transaction(body)
    }

    private func interrupt() async throws {
        let event = event.withLock { event in
            defer { event = nil }
            return event
        }
        try await event?()
    }
}

extension TestTenant {
    /// This tenant, where something else happens first when `statement` is to run.
    func interrupted(
        before statement: SQL = HoldSessionEpoch.sql, _ event: @escaping @Sendable () async throws -> Void
    ) -> TestTenant {
        opened(as: tenant.on(InterruptedDatabase(database, before: statement, event)))
    }
}
