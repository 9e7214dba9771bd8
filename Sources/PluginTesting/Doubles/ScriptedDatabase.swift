public import PluginKit
private import Synchronization

/// A tenant's database that answers statements as a test scripted them, and remembers what was run.
///
/// It knows no SQL: it shows what a provider asks and how it takes the answers, not whether PostgreSQL would agree.
/// A statement that nobody scripted is an error.
public final class ScriptedDatabase: TenantDatabase {
    public typealias Answer = @Sendable (_ parameters: [SQLValue]) throws -> StatementResult

    private struct State {
        var answers: [SQL: Answer] = [:]
        var ran: [BoundStatement] = []
        var failure: DatabaseError?
    }

    private let state = Mutex(State())

    public init() {}

    /// Answers every run of `statement` with what `answer` makes of its parameters; the latest script counts.
    public func answer<S: Statement>(_ statement: S.Type, with answer: @escaping Answer) {
        state.withLock { $0.answers[S.sql] = answer }
    }

    /// Answers every run of `statement` with `rows`.
    public func answer<S: Statement>(_ statement: S.Type, rows: [[SQLValue]]) {
        answer(statement) { _ in StatementResult(rows: rows, affected: rows.count) }
    }

    /// What was run so far, in order.
    public var ran: [BoundStatement] { state.withLock { $0.ran } }

    /// How often `statement` was run.
    public func count<S: Statement>(of statement: S.Type) -> Int {
        ran.count { $0.sql == S.sql }
    }

    /// While set, every run throws it.
    public var failure: DatabaseError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    public func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        // As with a real one, others get their turn between two calls; whoever relies on what he read shows.
        await Task.yield()
        return try statements.map { statement in
            let answer = try state.withLock { state in
                if let failure = state.failure { throw failure }
                state.ran.append(statement)
                return state.answers[statement.sql]
            }
            guard let answer else { throw UnscriptedStatement(sql: statement.sql.text) }
            return try answer(statement.parameters)
        }
    }

    public func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await body(ScriptedTransaction(database: self))
    }
}

/// A provider ran a statement for which the test has no answer.
public struct UnscriptedStatement: Error, CustomStringConvertible {
    public let sql: String

    public var description: String { "no answer is scripted for: \(sql)" }
}

private struct ScriptedTransaction: TenantTransaction {
    let database: ScriptedDatabase

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try await database.run(statements)
    }
}
