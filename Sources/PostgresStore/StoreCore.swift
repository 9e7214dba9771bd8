internal import Foundation
internal import Logging
internal import PluginKit
internal import Synchronization

/// What both stores are made of: two lines of work and the connections that serve them. Knows nothing of tenants.
final class StoreCore: StatementRunner {
    private let settings: PostgresSettings
    private let sessionCount: Int
    private let opener: ConnectionOpener
    private let renewal: ConnectionRenewal
    private let metrics: StoreMetrics
    private let logger: Logger
    private let pipelined: WaitingLine<Exchange>
    private let sessions: WaitingLine<LeaseRequest>
    private let threads = ThreadGroup()
    private let version = Mutex(0)

    /// - Parameters:
    ///   - name: tells the stores of one process apart in metrics and log.
    ///   - lendsConnections: whether there are transactions with several round trips.
    init(name: String, settings: PostgresSettings, lendsConnections: Bool, logger: Logger) {
        self.settings = settings
        sessionCount = lendsConnections ? settings.interactiveConnections : 0
        metrics = StoreMetrics(store: name)
        var logger = logger
        logger[metadataKey: "store"] = "\(name)"
        self.logger = logger
        let pipelined = WaitingLine<Exchange>(
            capacity: settings.maximumWaiting, isGathered: true, gauge: metrics.waiting)
        self.pipelined = pipelined
        sessions = WaitingLine(capacity: settings.maximumWaiting)
        opener = ConnectionOpener(address: ConnectionAddress(settings), deadline: settings.deadline, logger: logger)
        renewal = ConnectionRenewal(opener: opener, threads: threads) { pipelined.isClosed }
    }

    /// The server's version as a number, 150020 for 15.20; 0 before ``start()``.
    var serverVersion: Int { version.withLock { $0 } }

    /// Tries the connection once, so that what is wrong with it is said at once, and starts the threads.
    func start() async throws {
        let opener = opener
        let found = try await BlockingThread.run { try opener.connect().connection.serverVersion }
        try ServerVersion.check(found)
        version.withLock { $0 = found }
        for number in 0..<settings.pipelineConnections {
            try startThread(for: PipelinedWork(waiting: pipelined), named: "pg-pipeline-\(number)")
        }
        for number in 0..<sessionCount {
            try startThread(for: SessionWork(requests: sessions), named: "pg-session-\(number)")
        }
        do {
            try await ping()
        } catch {
            await shutdown()
            throw error
        }
    }

    /// Runs statements as one transaction in one round trip.
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try await metrics.measure {
            let encoded = try statements.map(EncodedStatement.init)
            return try await pipelined.run(encoded, deadline: .now + settings.deadline)
        }
    }

    /// Runs `body` in a transaction that `context` opens.
    func transaction<Value: Sendable>(
        context: [BoundStatement], _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await metrics.measure {
            let opening = try ([BoundStatement(BeginTransaction())] + context).map(EncodedStatement.init)
            let lease = try await sessions.lease(opening: opening, deadline: .now + settings.deadline)
            defer { lease.release() }
            let transaction = OpenTransaction(lease: lease)
            let value = try await body(transaction)
            try await transaction.commit()
            return value
        }
    }

    func ping() async throws { _ = try await run([BoundStatement(Ping())]) }

    /// Takes another connection string for all connections from now on, those that are open included.
    func useConnection(_ current: SecretText, previous: SecretText?) {
        if opener.address.change(to: current, previous: previous) { renewal.begin() }
    }

    /// Lets what waits be done, takes nothing more, and closes the connections.
    func shutdown() async {
        pipelined.close(.unavailable)
        sessions.close(.unavailable)
        await threads.ended()
        pipelined.close(.unavailable, failing: .unavailable)
        sessions.close(.unavailable, failing: .unavailable)
    }

    private func startThread(for work: any ConnectionWork, named name: String) throws(PostgresStartError) {
        let thread = ConnectionThread(
            opener: opener, renewal: renewal, work: work, metrics: metrics, logger: logger)
        try thread.start(in: threads, named: name)
    }
}

/// Which servers are good enough.
enum ServerVersion {
    /// - Throws: ``PostgresStartError`` for a server whose row-level security has known holes.
    static func check(_ version: Int) throws(PostgresStartError) {
        guard version < 150_019 else { return }
        throw PostgresStartError(
            problem:
                "PostgreSQL \(version / 10_000).\(version % 10_000) is too old: its row-level security has known holes",
            remedy: "update the server to 15.19 or later, or to a newer major version"
        )
    }
}
