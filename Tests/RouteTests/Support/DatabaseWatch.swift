import DatabaseTesting
import Foundation
import Logging
import PluginKit
import Synchronization

@testable import Kernel

/// Counts what is asked of tenants' databases, and can have them be away, or go away in the midst of a transaction.
final class DatabaseWatch: Sendable {
    /// When a transaction loses its connection.
    enum Loss {
        /// Before it commits: it is rolled back.
        case beforeCommit
        /// After it has committed, before anybody heard of it.
        case afterCommit
    }

    private let state = Mutex((count: 0, last: Int.max))
    private let losing = Mutex<Loss?>(nil)

    /// How many round trips were begun so far.
    var count: Int { state.withLock { $0.count } }

    /// Has the databases be away after so many more round trips.
    func goAway(after count: Int = 0) { state.withLock { $0.last = $0.count + count } }

    func comeBack() { state.withLock { $0.last = .max } }

    /// Has the next transaction lose its connection, and everything that follows it.
    func loseNextTransaction(_ loss: Loss) { losing.withLock { $0 = loss } }

    /// What the transaction that begins now is to suffer.
    fileprivate func takeLoss() -> Loss? {
        losing.withLock { losing in
            defer { losing = nil }
            return losing
        }
    }

    func note() throws {
        let isAway = state.withLock { state in
            state.count += 1
            return state.count > state.last
        }
        if isAway { throw DatabaseError.unavailable }
    }
}

private struct WatchedDatabase: TenantDatabase {
    let database: any TenantDatabase
    let watch: DatabaseWatch

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try watch.note()
        return try await database.run(statements)
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try watch.note()
        let loss = watch.takeLoss()
        defer { if loss != nil { watch.goAway() } }
        let value = try await database.transaction { transaction in
            let value = try await body(transaction)
            if loss == .beforeCommit { throw DatabaseError.unavailable }
            return value
        }
        if loss == .afterCommit { throw DatabaseError.unavailable }
        return value
    }
}

private struct WatchedDatabases: TenantDatabases {
    let databases: any TenantDatabases
    let watch: DatabaseWatch

    func database(of tenant: TenantID) -> any TenantDatabase {
        WatchedDatabase(database: databases.database(of: tenant), watch: watch)
    }
}

extension Tenant {
    /// This tenant on a watched database, saying more than most tests want to hear. Its providers keep the database they
    /// have.
    func watched(by watch: DatabaseWatch, logger: Logger) -> Tenant {
        Tenant(
            id: id, isSuspended: isSuspended, plan: plan, revision: revision, address: address,
            fixedIssuer: fixedIssuer,
            database: WatchedDatabase(database: database, watch: watch), secrets: secrets,
            passwordAuthenticator: passwordAuthenticator, passwordKeeper: passwordKeeper, factors: factors, keys: keys,
            keyCache: keyCache, logger: logger, closers: closers, opening: opening)
    }
}

extension TestDatabase {
    /// The kernel of one node, watched where it looks for tenants that do not exist.
    func services(
        watchedBy watch: DatabaseWatch, keyMisses: Int?, now: @escaping @Sendable () -> Date
    ) -> KernelServices {
        services(
            over: { WatchedDatabases(databases: $0, watch: watch) }, keyMisses: MissBudget(perMinute: keyMisses),
            now: now)
    }
}
