internal import PluginKit

/// Carries exchanges over a connection: sends a batch of them in one flush, hands out each outcome as it arrives, and
/// cancels what takes too long or is wanted no more.
struct Flight {
    /// How long the server may take to cancel something before the connection is given up.
    private static let grace = Duration.seconds(1)
    /// What an exchange gets at least that stood behind a slow one until its own deadline.
    private static let leastTime = Duration.milliseconds(100)

    private let connection: Connection
    private let wakeup: Wakeup?
    private let putBack: (Exchange) -> Void
    private let meanwhile: () -> Void

    private var airborne = Queue<Exchange>()
    private var results: [StatementResult] = []
    private var failure: (any Error)?
    private var headSince = ContinuousClock.now
    private var headCancelledAt: ContinuousClock.Instant?
    private var cancellation: Cancellation?

    /// - Parameters:
    ///   - putBack: takes an exchange that must be sent again: the cancelling of its neighbour has hit it.
    ///   - meanwhile: called several times a second while the server works.
    init(
        over connection: Connection, wakeup: Wakeup?,
        putBack: @escaping (Exchange) -> Void, meanwhile: @escaping () -> Void
    ) {
        self.connection = connection
        self.wakeup = wakeup
        self.putBack = putBack
        self.meanwhile = meanwhile
    }

    /// Blocks the thread until every exchange of the batch is finished.
    ///
    /// - Throws: ``Connection/Lost``; all exchanges are finished then, too.
    mutating func carry(_ batch: [Exchange]) throws(Connection.Lost) {
        for exchange in batch { airborne.append(exchange) }
        do throws(Connection.Lost) {
            try send(batch)
            while !airborne.isEmpty {
                try awaitServer()
            }
            try settleCancellation()
        } catch {
            failAll(after: error)
            throw error
        }
    }

    private mutating func send(_ batch: [Exchange]) throws(Connection.Lost) {
        if connection.isIdle { try connection.sendHousekeeping() }
        for exchange in batch {
            exchange.ticket.isCarried(by: wakeup)
            for statement in exchange.statements { try connection.send(statement) }
            try connection.sendSync()
        }
        beginHead()
    }

    /// Waits for the socket once, and does what is due then.
    private mutating func awaitServer() throws(Connection.Lost) {
        let isSent = try connection.flush()
        let tick = min(headDue, .now + .milliseconds(100))
        let events = isSent ? Readiness.input : Readiness.input | Readiness.output
        let isReady = Readiness.wait(for: connection.socket, events: events, wakeup: wakeup, until: tick)
        if isReady { try connection.readInput() }
        while let reply = try connection.nextReply() { take(reply) }
        try cancelHeadIfDue()
        meanwhile()
    }

    private mutating func take(_ reply: Connection.Reply) {
        switch reply {
        case .result(let result): results.append(result)
        case .failure(let error): failure = failure ?? error
        case .synced: finishHead()
        }
    }

    private mutating func finishHead() {
        guard let head = airborne.removeFirst() else { return }
        head.ticket.isCarried(by: nil)
        if wasHitByMistake {
            putBack(head)
        } else if let failure {
            head.fail(reported(failure, to: head))
        } else {
            head.finish(.success(results))
        }
        beginHead()
    }

    private mutating func beginHead() {
        results = []
        failure = nil
        headSince = .now
        headCancelledAt = nil
    }

    private func reported(_ failure: any Error, to exchange: Exchange) -> any Error {
        guard let error = failure as? ServerError else { return failure }
        return error.isCancellation && exchange.ticket.isGivenUp ? CancellationError() : error.databaseError
    }
}

// MARK: - Cancelling

extension Flight {
    /// The server cancels whatever runs when the request arrives, which may be the next exchange. That one is rolled
    /// back as a whole, so it can be sent again.
    private var wasHitByMistake: Bool {
        guard cancellation != nil, headCancelledAt == nil, let error = failure as? ServerError else { return false }
        return error.isCancellation
    }

    /// When something must be done about the head: cancel it, or, where that has not helped, give the connection up.
    private var headDue: ContinuousClock.Instant {
        if let headCancelledAt { return headCancelledAt + Self.grace }
        // One request at a time; the thread is woken when it is done.
        if let cancellation, !cancellation.isDone { return .now + Self.leastTime }
        guard let head = airborne.first, !head.ticket.isGivenUp else { return .now }
        return max(head.deadline, headSince + Self.leastTime)
    }

    private mutating func cancelHeadIfDue() throws(Connection.Lost) {
        guard !airborne.isEmpty, headDue <= .now else { return }
        guard headCancelledAt == nil else { throw Connection.Lost(reason: nil) }
        headCancelledAt = .now
        cancellation = Cancellation.start(for: connection, waking: wakeup)
    }

    /// Waits until no request to cancel is under way that could hit the next batch.
    private mutating func settleCancellation() throws(Connection.Lost) {
        guard let cancellation else { return }
        let end = ContinuousClock.now + Self.grace
        while !cancellation.isDone {
            guard ContinuousClock.now < end else { throw Connection.Lost(reason: nil) }
            Readiness.wait(for: -1, events: 0, wakeup: wakeup, until: min(end, .now + .milliseconds(20)))
            meanwhile()
        }
        self.cancellation = nil
    }

    private mutating func failAll(after loss: Connection.Lost) {
        let isLate = headCancelledAt != nil
        for (place, exchange) in airborne.removeAll().enumerated() {
            exchange.ticket.isCarried(by: nil)
            if exchange.ticket.isGivenUp {
                exchange.fail(CancellationError())
            } else if place == 0, isLate || exchange.deadline <= .now {
                exchange.fail(DatabaseError.timedOut)
            } else {
                exchange.fail(loss.reason?.databaseError ?? .unavailable)
            }
        }
    }
}
