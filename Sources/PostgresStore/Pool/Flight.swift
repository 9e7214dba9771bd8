internal import PluginKit

/// Carries exchanges over a connection: sends several without waiting for the first, hands out what is finished, sends
/// more as long as the server gets on, and cancels what takes too long or is wanted no more.
struct Flight {
    /// How many exchanges are under way at most: enough that the server need not wait for the next, few enough that a slow
    /// one holds up little.
    static let capacity = 8
    /// How long a transaction may take before other connections see to what waits.
    static let patience = Duration.milliseconds(5)
    /// How long the server may take to cancel something before the connection is given up.
    private static let grace = Duration.seconds(1)
    /// What an exchange gets at least that stood behind a slow one until its own deadline.
    private static let leastTime = Duration.milliseconds(100)

    private let connection: Connection
    private let wakeup: Wakeup?
    private let putBack: (Exchange) -> Void
    private let meanwhile: (_ isHeldUp: Bool) -> Void

    private var airborne = Queue<Exchange>()
    /// What is to be handed out.
    private var finished: [(exchange: Exchange, outcome: Exchange.Outcome)] = []
    private var results: [StatementResult] = []
    private var failure: (any Error)?
    private var headSince = ContinuousClock.now
    private var headCancelledAt: ContinuousClock.Instant?
    private var cancellation: Cancellation?

    /// - Parameters:
    ///   - putBack: takes an exchange that must be sent again: the cancelling of its neighbour has hit it.
    ///   - meanwhile: called several times a second while the server works; told whether something slow holds it up.
    init(
        over connection: Connection, wakeup: Wakeup?,
        putBack: @escaping (Exchange) -> Void, meanwhile: @escaping (_ isHeldUp: Bool) -> Void
    ) {
        self.connection = connection
        self.wakeup = wakeup
        self.putBack = putBack
        self.meanwhile = meanwhile
    }

    /// Blocks the thread until every exchange of the batch, and every one that followed it, is finished.
    ///
    /// - Parameter more: gives up to so many exchanges that are to follow, each a transaction of its own. Asked only when
    ///   something was finished, so that nothing is put behind a slow one, and not once something had to be cancelled.
    /// - Throws: ``Connection/Lost``; all exchanges are finished then, too.
    mutating func carry(
        _ batch: [Exchange], followedBy more: (_ count: Int) -> [Exchange] = { _ in [] }
    ) throws(Connection.Lost) {
        do throws(Connection.Lost) {
            try send(batch, afterHousekeeping: connection.isIdle)
            while !airborne.isEmpty {
                let count = airborne.count
                try awaitServer()
                if airborne.count < count { try follow(more) }
            }
            try settleCancellation()
        } catch {
            failAll(after: error)
            throw error
        }
    }

    private mutating func send(_ batch: [Exchange], afterHousekeeping isDue: Bool) throws(Connection.Lost) {
        if airborne.isEmpty { beginHead() }
        for exchange in batch { airborne.append(exchange) }
        if isDue { try connection.sendHousekeeping() }
        for exchange in batch {
            exchange.ticket.isCarried(by: wakeup)
            for statement in exchange.statements { try connection.send(statement) }
            try connection.sendSync()
        }
    }

    /// Sends what is to follow, once there is room for several at a time.
    private mutating func follow(_ more: (_ count: Int) -> [Exchange]) throws(Connection.Lost) {
        guard cancellation == nil, airborne.count <= Self.capacity / 2 else { return }
        let batch = more(Self.capacity - airborne.count)
        if !batch.isEmpty { try send(batch, afterHousekeeping: true) }
    }

    /// Waits for the socket once, and does what is due then.
    private mutating func awaitServer() throws(Connection.Lost) {
        let isSent = try connection.flush()
        let tick = min(headDue, isHeldUp ? .now + .milliseconds(100) : headSince + Self.patience)
        let events = isSent ? Readiness.input : Readiness.input | Readiness.output
        let isReady = Readiness.wait(for: connection.socket, events: events, wakeup: wakeup, until: tick)
        if isReady { try connection.readInput() }
        try takeReplies()
        try cancelHeadIfDue()
        meanwhile(isHeldUp)
    }

    private var isHeldUp: Bool { !airborne.isEmpty && headSince + Self.patience <= .now }

    /// Takes everything that has arrived, and hands out what was finished by it in one go: those who wait are then woken
    /// together and not one after the other.
    private mutating func takeReplies() throws(Connection.Lost) {
        defer { handOut() }
        while let reply = try connection.nextReply() { take(reply) }
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
            finished.append((head, .failure(reported(failure, to: head))))
        } else {
            finished.append((head, .success(results)))
        }
        beginHead()
    }

    private mutating func handOut() {
        for (exchange, outcome) in finished { exchange.finish(outcome) }
        finished.removeAll(keepingCapacity: true)
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
            meanwhile(true)
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
