/// The database as one tenant sees it.
///
/// Every transaction runs under that tenant's signed context and row-level policies; there is no other way
/// to a tenant's rows, and no way from one value to another tenant's.
public protocol TenantDatabase: StatementRunner {
    /// Runs `body` as one transaction that may look before it writes. It commits when `body` returns and rolls
    /// back when it throws. It holds a connection meanwhile: hash nothing and call nobody inside.
    ///
    /// - Throws: ``DatabaseError``, or what `body` throws.
    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value
}

/// A transaction under way; used only inside the closure that it was given to.
///
/// After an error of ``StatementRunner/run(_:)`` the transaction is lost, whatever follows.
public protocol TenantTransaction: StatementRunner {}

/// Runs statements in one round trip: as a transaction of its own on a database, as a part of it in a transaction.
public protocol StatementRunner: Sendable {
    /// Runs `statements` in order and gives one result for each; an error rolls all of them back.
    ///
    /// - Throws: ``DatabaseError``.
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult]
}

extension StatementRunner {
    /// All rows of one statement.
    public func rows<S: Statement>(_ statement: S) async throws -> [S.Row] {
        try S.rows(of: try await run([BoundStatement(statement)])[0])
    }

    /// The first row of one statement, if any.
    public func first<S: Statement>(_ statement: S) async throws -> S.Row? {
        try await rows(statement).first
    }

    /// Runs one statement and tells how many rows it touched.
    @discardableResult
    public func execute(_ statement: some Statement) async throws -> Int {
        try await run([BoundStatement(statement)])[0].affected
    }

    /// The rows of several statements, run as one batch.
    public func rows<each S: Statement>(of statement: repeat each S) async throws -> (repeat [(each S).Row]) {
        var bound: [BoundStatement] = []
        for statement in repeat each statement { bound.append(BoundStatement(statement)) }
        var results = try await run(bound).makeIterator()
        return (repeat try (each S).rows(of: results.next() ?? StatementResult(rows: [], affected: 0)))
    }
}
