internal import PluginKit

/// A connection that listens, and another that announces heartbeats which the first must hear.
///
/// The server hands on announcements in the order of their commits. So a heartbeat that was heard proves that all that
/// was committed before it has been heard, too.
///
/// A connection cannot prove by itself that it hears. The server delivers what a session announces to itself with the
/// answer to that very statement; a pooler in transaction mode hands this on, and drops what comes between statements,
/// as everybody else's announcements do.
struct ListeningSession {
    /// A heartbeat did not come back in time.
    struct Silence: Error, CustomStringConvertible {
        let bound: Duration
        /// Whether none ever came back.
        let isFromTheStart: Bool

        var description: String { "its own announcement did not come back within \(bound)" }
    }

    private let listening: Connection
    private let announcing: Connection
    private let listener: ListenerPlan
    private let term: HearingTerm
    private let wakeup: Wakeup
    private let ownChannel = NotificationChannel.random()

    private var isListening = false
    /// Whether a heartbeat has come back.
    private(set) var hasHeard = false
    private var number = 0
    /// When the heartbeat that is under way was sent.
    private var sentAt: ContinuousClock.Instant?
    private var nextAt = ContinuousClock.now
    /// When the heartbeat that is under way must have come back.
    private var end = ContinuousClock.now

    init(
        listening: Connection, announcing: Connection, for listener: ListenerPlan, term: HearingTerm, wakeup: Wakeup
    ) {
        self.listening = listening
        self.announcing = announcing
        self.listener = listener
        self.term = term
        self.wakeup = wakeup
    }

    /// Blocks the thread until the server listens on behalf of the connection.
    ///
    /// - Throws: why it does not.
    mutating func listen(within limit: Duration, while goesOn: () -> Bool) throws {
        try listening.send(EncodedStatement(BoundStatement(StayIdle())))
        for channel in listener.channels.values + [ownChannel] { try listening.sendListen(to: channel) }
        try listening.sendSync()
        let end = ContinuousClock.now + limit
        while !isListening, goesOn() {
            guard .now < end else { throw Connection.Lost(reason: nil) }
            try takeIn(until: end)
        }
    }

    /// Blocks the thread until the first heartbeat has come back, which begins the term.
    ///
    /// - Throws: why it does not come back.
    mutating func beginHearing(while goesOn: () -> Bool) throws {
        while !hasHeard, goesOn() { try beat() }
    }

    /// Blocks the thread and hands over what is announced.
    ///
    /// - Throws: why nothing can be heard any more.
    mutating func goOnHearing(while goesOn: () -> Bool) throws {
        while goesOn() { try beat() }
    }
}

// MARK: - Heartbeats

extension ListeningSession {
    /// Waits for the server once, and does what is due.
    private mutating func beat() throws {
        if sentAt == nil, nextAt <= .now { try announce() }
        try takeIn(until: sentAt == nil ? nextAt : end)
        guard sentAt != nil, end <= .now else { return }
        try checkAnnouncing()
        throw silence
    }

    private mutating func announce() throws {
        try checkAnnouncing()
        let now = ContinuousClock.now
        number += 1
        (sentAt, nextAt) = (now, now + listener.heartbeat.interval)
        // Later ones must be back before the term ends.
        if !hasHeard { end = now + listener.heartbeat.bound }
        let heartbeat = AnnounceHeartbeat(channel: ownChannel, number: number)
        try announcing.send(EncodedStatement(BoundStatement(heartbeat)))
        try announcing.sendSync()
        _ = try announcing.flush()
    }

    private func checkAnnouncing() throws {
        try announcing.readInput()
        while let reply = try announcing.nextReply() { try check(reply) }
    }

    private mutating func heardHeartbeat(_ payload: String) throws {
        guard let sentAt, payload == "\(number)" else { return }
        // From when it was sent: of what was committed since then, it proves nothing.
        end = sentAt + listener.heartbeat.bound
        self.sentAt = nil
        guard hasHeard ? term.extend(until: end) : term.begin(until: end) else { throw silence }
        hasHeard = true
    }

    private var silence: Silence { Silence(bound: listener.heartbeat.bound, isFromTheStart: !hasHeard) }
}

// MARK: - Taking in

extension ListeningSession {
    private mutating func takeIn(until end: ContinuousClock.Instant) throws {
        let isSent = try listening.flush()
        let events = isSent ? Readiness.input : Readiness.input | Readiness.output
        if Readiness.wait(for: listening.socket, events: events, wakeup: wakeup, until: end) {
            try listening.readInput()
        }
        while let reply = try listening.nextReply() {
            try check(reply)
            if case .synced = reply { isListening = true }
        }
        while let announced = listening.nextNotification() { try handOver(announced.payload, on: announced.channel) }
    }

    private mutating func handOver(_ payload: String, on name: String) throws {
        if name == ownChannel.name {
            try heardHeartbeat(payload)
        } else if let channel = listener.channels[name] {
            listener.receive(PostgresNotification(channel: channel, payload: payload))
        }
    }

    private func check(_ reply: Connection.Reply) throws {
        if case .failure(let error) = reply { throw Connection.Lost(reason: error as? ServerError) }
    }
}
