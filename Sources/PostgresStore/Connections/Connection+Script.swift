internal import CLibPQ

/// Why the server refused a script. Holds the server's message, so it is for what holds no data of tenants.
struct ScriptError: Error, Equatable, CustomStringConvertible {
    let sqlState: String
    let message: String

    var description: String { "\(message) (SQLSTATE \(sqlState))" }
}

extension Connection {
    /// Runs several statements without parameters, as written, and blocks the thread until they are done.
    ///
    /// - Throws: ``ScriptError``, or ``Lost``.
    func runScript(_ script: String) throws {
        guard PQexitPipelineMode(handle) == 1 else { throw Lost(reason: nil) }
        let result = PQexec(handle, script)
        defer { PQclear(result) }
        let isDone = [PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY].contains(PQresultStatus(result))
        guard isDone else {
            throw ScriptError(sqlState: ServerError(result).sqlState, message: ServerError.message(of: result))
        }
        try enterPipeline()
    }
}
