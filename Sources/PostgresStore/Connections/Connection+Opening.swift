internal import CLibPQ

/// How a connection comes about.
extension Connection {
    /// Connects. Blocks the thread until that is done, has failed, or `limit` has passed.
    ///
    /// - Parameters:
    ///   - preparedStatements: how many statements the connection keeps prepared.
    ///   - goesOn: asked several times a second; `false` gives up.
    /// - Throws: ``PostgresStartError``.
    static func open(
        _ target: ConnectionTarget, within limit: Duration = .seconds(5), preparedStatements: Int = 256,
        while goesOn: () -> Bool = { true }
    ) throws(PostgresStartError) -> Connection {
        try target.validate()
        guard let handle = target.startConnecting() else {
            throw PostgresStartError(problem: "no memory for a connection", remedy: "give the process more memory")
        }
        // Notices are for people at a terminal; by default libpq writes them to the standard error.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        // The only way to learn the SQLSTATE of a refusal: until it is connected, libpq gives text and nothing else.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        let connection = Connection(handle: handle, preparedStatements: preparedStatements)
        try connection.finishConnecting(until: .now + limit, while: goesOn)
        return connection
    }

    private func finishConnecting(
        until end: ContinuousClock.Instant, while goesOn: () -> Bool
    ) throws(PostgresStartError) {
        // libpq asks to begin as if it had just asked to write.
        var awaited = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while awaited != PGRES_POLLING_OK {
            guard awaited != PGRES_POLLING_FAILED else { throw connectionRefused() }
            guard goesOn(), ContinuousClock.now < end else { throw Self.noAnswer }
            let events = awaited == PGRES_POLLING_READING ? Readiness.input : Readiness.output
            let isReady = Readiness.wait(for: socket, events: events, until: min(end, .now + .milliseconds(100)))
            if isReady { awaited = PQconnectPoll(handle) }
        }
    }

    private func connectionRefused() -> PostgresStartError {
        let refusal = ConnectionRefusal(PQerrorMessage(handle).map { String(cString: $0) } ?? "")
        return PostgresStartError(
            problem: "no connection to the database: \(refusal.message)",
            remedy: "check that the server runs and takes connections, and host, port, database, role, password and "
                + "sslmode in the database URL",
            blamesConnectionString: refusal.isAboutCredentials || PQconnectionNeedsPassword(handle) == 1
        )
    }

    private static let noAnswer = PostgresStartError(
        problem: "no connection to the database: the server does not answer",
        remedy: "check host and port in the database URL, and the firewall between here and there"
    )
}
