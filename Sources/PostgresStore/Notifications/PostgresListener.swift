package import Logging
package import PluginKit
internal import Synchronization

/// Hears what the database announces on some channels (LISTEN and NOTIFY), and knows whether it hears.
///
/// Made for caches: while ``isHearing``, everything that was announced up to ``Heartbeat``'s bound ago has been handed
/// over. A thread of its own keeps two connections, which must lead to the server itself or to a pooler in session mode:
/// one listens, the other announces heartbeats that the first must hear. Whatever goes wrong, the connections are opened
/// anew, for as long as it takes.
package final class PostgresListener: Sendable {
    private let opener: ConnectionOpener
    private let renewal: ConnectionRenewal
    private let thread: ListenerThread
    private let term: HearingTerm
    private let threads = ThreadGroup()
    private let life = Life()

    /// The callbacks run on the listener's thread, one at a time, and must be quick: while one runs, nothing is heard,
    /// and soon ``isHearing`` ends.
    ///
    /// - Parameters:
    ///   - settings: of which connection strings, deadline and application name count.
    ///   - receive: takes what was announced on one of `channels`, in the order of the commits.
    ///   - interrupted: hearing was lost, or is about to begin (again): something may have been announced that nobody
    ///     heard. Called after ``isHearing`` has become `false`, and before it becomes `true`. Whoever keeps what he
    ///     read from the database drops it, and what is being read at that moment as well: it may be old already.
    package init(
        settings: PostgresSettings, channels: [NotificationChannel], heartbeat: Heartbeat = Heartbeat(),
        logger: Logger, receive: @escaping @Sendable (PostgresNotification) -> Void,
        interrupted: @escaping @Sendable () -> Void
    ) {
        let (life, metrics) = (life, ListenerMetrics(channels: channels))
        let isClosed: @Sendable () -> Bool = { life.isClosed }
        let channelsByName = Dictionary(channels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let plan = ListenerPlan(channels: channelsByName, heartbeat: heartbeat, interrupted: interrupted) {
            metrics.countReceived(on: $0.channel)
            receive($0)
        }
        opener = ConnectionOpener(address: ConnectionAddress(settings), deadline: settings.deadline, logger: logger)
        renewal = ConnectionRenewal(opener: opener, threads: threads, isClosed: isClosed)
        term = HearingTerm(tell: metrics.record)
        thread = ListenerThread(
            opener: opener, renewal: renewal, plan: plan, term: term, metrics: metrics, logger: logger,
            isClosed: isClosed)
    }

    /// Whether everything that was announced up to a moment ago has been handed over. Costs an atomic load and a look at
    /// the clock, and ends by itself where the thread cannot say any more.
    package var isHearing: Bool { term.lasts }

    /// Begins to listen, and returns at once; to be called once. A database that cannot be reached is no error here.
    ///
    /// - Throws: ``PostgresStartError`` where the process may open no more files.
    package func start() throws(PostgresStartError) {
        let slot = try ConnectionSlot()
        life.begin(with: slot.wakeup)
        renewal.add(slot)
        thread.start(in: threads, with: slot)
    }

    /// Uses another connection string from now on; see ``PostgresStore/useConnection(_:previous:)``. Hearing is
    /// interrupted for a moment, once the new one works.
    package func useConnection(_ current: SecretText, previous: SecretText?) {
        if opener.address.change(to: current, previous: previous) { renewal.begin() }
    }

    /// Stops to listen, and returns when the connections are closed.
    package func shutdown() async {
        life.end()
        await threads.ended()
    }
}

/// Whether a listener is closed, and how its thread is told.
private final class Life: Sendable {
    private struct State {
        var wakeup: Wakeup?
        var hasBegun = false
    }

    private let hasEnded = Atomic(false)
    private let state = Mutex(State())

    var isClosed: Bool { hasEnded.load(ordering: .acquiring) }

    func begin(with wakeup: Wakeup) {
        state.withLock { state in
            precondition(!state.hasBegun, "a listener is started once")
            state = State(wakeup: wakeup, hasBegun: true)
        }
    }

    func end() {
        hasEnded.store(true, ordering: .releasing)
        state.withLock { $0.wakeup }?.signal()
    }
}
