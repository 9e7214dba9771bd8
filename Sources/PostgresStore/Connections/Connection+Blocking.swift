internal import PluginKit

/// For threads that have nothing else to do than to wait for the server.
extension Connection {
    /// Runs statements as one segment and blocks the thread until they are done.
    ///
    /// - Throws: ``DatabaseError``, or ``UnreadableColumn``.
    func perform(_ statements: [BoundStatement], within limit: Duration) throws -> [StatementResult] {
        let answer = Answer()
        let exchange = Exchange(
            statements: try statements.map(EncodedStatement.init), ticket: Ticket(), deadline: .now + limit,
            finish: answer.take)
        var flight = Flight(over: self, wakeup: nil, putBack: { $0.fail(DatabaseError.timedOut) }, meanwhile: { _ in })
        // Where the connection is lost, the answer says so.
        try? flight.carry([exchange])
        return try answer.outcome.get()
    }

    /// The rows of one statement; blocks the thread.
    func rows<S: Statement>(_ statement: S, within limit: Duration = .seconds(5)) throws -> [S.Row] {
        try S.rows(of: try perform([BoundStatement(statement)], within: limit)[0])
    }
}
