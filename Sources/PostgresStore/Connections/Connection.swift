internal import CLibPQ
internal import Foundation
internal import PluginKit

/// One connection to the server: libpq's handle in Swift's terms. Used by one thread at a time, which never blocks in
/// it except where it says so.
///
/// Statements are sent in pipeline mode. Everything between two calls of ``sendSync()`` is one segment: outside of an
/// explicit transaction, a transaction of its own.
final class Connection {
    /// What the server said next.
    enum Reply {
        case result(StatementResult)
        /// The segment is rolled back; the rest of it is skipped in silence.
        case failure(any Error)
        /// The segment is over.
        case synced
    }

    /// The connection cannot be used any more. Holds what the server said last, if it said anything.
    struct Lost: Error, CustomStringConvertible {
        let reason: ServerError?

        var description: String { "lost" + (reason.map { " (SQLSTATE \($0.sqlState))" } ?? "") }
    }

    private enum Expected {
        case preparation(EncodedStatement.Key)
        case result(EncodedStatement.Key)
        /// A command without a result of its own; where it fails, so does the segment.
        case command
        /// The answer to a command of the connection's own, which nobody waits for.
        case ignored
        case sync
        case ignoredSync
    }

    let handle: OpaquePointer
    private var prepared: PreparedStatements
    private var expected = Queue<Expected>()
    private var segment: UInt64 = 0

    /// Takes over a handle that is connected. Closes it in the end.
    init(handle: OpaquePointer, preparedStatements: Int) {
        self.handle = handle
        prepared = PreparedStatements(capacity: preparedStatements)
    }

    deinit {
        PQfinish(handle)
    }

    var socket: Int32 { PQsocket(handle) }
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Whether no transaction is open. Meaningful between segments.
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// From here on, statements are pipelined.
    func enterPipeline() throws(Lost) {
        try check(PQsetnonblocking(handle, 1) == 0 && PQenterPipelineMode(handle) == 1)
    }

    // MARK: Sending

    /// Puts a statement into the output; ``flush()`` sends it.
    func send(_ statement: EncodedStatement) throws(Lost) {
        switch prepared.use(statement.key, in: segment) {
        case .prepared(let name):
            try execute(statement, named: name)
        case .prepare(let name):
            try prepare(statement.key, named: name)
            try execute(statement, named: name)
        case .whole:
            try sendWhole(statement)
        }
        expected.append(.result(statement.key))
    }

    /// Ends the segment.
    func sendSync() throws(Lost) {
        try check(PQpipelineSync(handle) == 1)
        expected.append(.sync)
        segment += 1
    }

    /// Releases what was crowded out of the prepared statements. Only outside of explicit transactions.
    func sendHousekeeping() throws(Lost) {
        let names = prepared.takeOverdue()
        guard !names.isEmpty else { return }
        for name in names {
            try check(PQsendQueryParams(handle, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, ValueFormat.binary) == 1)
            expected.append(.ignored)
        }
        try check(PQpipelineSync(handle) == 1)
        expected.append(.ignoredSync)
        segment += 1
    }

    /// Begins to listen on `channel` once the segment is over.
    func sendListen(to channel: NotificationChannel) throws(Lost) {
        let listen = "LISTEN \"\(channel.name)\""
        try check(PQsendQueryParams(handle, listen, 0, nil, nil, nil, nil, ValueFormat.binary) == 1)
        expected.append(.command)
    }

    /// Sends what the socket takes; `false` where something is left for when it takes more.
    func flush() throws(Lost) -> Bool {
        let left = PQflush(handle)
        try check(left >= 0)
        return left == 0
    }

    private func prepare(_ key: EncodedStatement.Key, named name: String) throws(Lost) {
        try check(PQsendPrepare(handle, name, key.sql.text, Int32(key.types.count), key.types) == 1)
        expected.append(.preparation(key))
    }

    private func execute(_ statement: EncodedStatement, named name: String) throws(Lost) {
        let isSent = statement.withParameters { values, lengths, formats in
            PQsendQueryPrepared(handle, name, Int32(values.count), values, lengths, formats, ValueFormat.binary)
        }
        try check(isSent == 1)
    }

    private func sendWhole(_ statement: EncodedStatement) throws(Lost) {
        let key = statement.key
        let isSent = statement.withParameters { values, lengths, formats in
            PQsendQueryParams(
                handle, key.sql.text, Int32(values.count), key.types, values, lengths, formats, ValueFormat.binary)
        }
        try check(isSent == 1)
    }

    private func check(_ isGood: Bool) throws(Lost) {
        guard isGood else { throw Lost(reason: nil) }
    }

    // MARK: Receiving

    /// Takes in what has arrived on the socket.
    func readInput() throws(Lost) {
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else {
            throw Lost(reason: lastWords())
        }
    }

    /// The next thing the server said; `nil` until more arrives.
    func nextReply() throws(Lost) -> Reply? {
        while !expected.isEmpty, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                finishCommand()
                continue
            }
            defer { PQclear(result) }
            if let reply = try interpret(result) { return reply }
        }
        return nil
    }

    private func interpret(_ result: OpaquePointer) throws(Lost) -> Reply? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return settle(result)
        case PGRES_PIPELINE_SYNC: return finishSegment()
        case PGRES_PIPELINE_ABORTED:
            settlePreparation(isPrepared: false)
            return nil
        default:
            let error = ServerError(result)
            guard PQstatus(handle) == CONNECTION_OK else { throw Lost(reason: error) }
            settlePreparation(isPrepared: false)
            if error.isAboutPreparation, case .result(let key)? = expected.first { prepared.discard(key) }
            return isIgnored ? nil : .failure(error)
        }
    }

    /// A command went well; its result is somebody's, unless it was a preparation.
    private func settle(_ result: OpaquePointer) -> Reply? {
        guard case .result? = expected.first else {
            settlePreparation(isPrepared: true)
            return nil
        }
        do throws(UnreadableColumn) {
            return .result(try ResultReader(result: result).statementResult())
        } catch {
            return .failure(error)
        }
    }

    private func settlePreparation(isPrepared: Bool) {
        guard case .preparation(let key)? = expected.first else { return }
        prepared.settle(key, isPrepared: isPrepared)
    }

    private var isIgnored: Bool {
        switch expected.first {
        case .ignored, .ignoredSync: true
        default: false
        }
    }

    /// libpq gives a null result after each command. An error at the commit precedes the sync, which stays expected.
    private func finishCommand() {
        switch expected.first {
        case .sync, .ignoredSync, nil: break
        default: expected.removeFirst()
        }
    }

    private func finishSegment() -> Reply? {
        while let done = expected.first {
            expected.removeFirst()
            if case .sync = done { return .synced }
            if case .ignoredSync = done { return nil }
        }
        return nil
    }

    /// What the server said before it closed the connection.
    private func lastWords() -> ServerError? {
        while PQisBusy(handle) == 0, let result = PQgetResult(handle) {
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_FATAL_ERROR { return ServerError(result) }
        }
        return nil
    }
}
