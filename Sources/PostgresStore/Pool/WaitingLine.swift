internal import Metrics
internal import PluginKit
internal import Synchronization

/// Where work waits for the threads of the connections: bounded, first in first out, with deadlines.
///
/// An entry that was taken belongs to the thread that took it; all others are finished here, once.
final class WaitingLine<Entry: Waiting>: Sendable {
    /// What a thread gets that looks for work.
    enum Taken {
        case entries([Entry])
        /// Nothing waits; the thread will be woken when something does.
        case nothing
        /// Nothing waits and nothing will.
        case closed
    }

    private struct State {
        var waiting = Queue<Entry>()
        var idle: [Wakeup] = []
        var connections = 0
        /// Since when there is no connection; `nil` also until the first attempt to make one has failed.
        var isDownSince: ContinuousClock.Instant?
        var closure: DatabaseError?
    }

    /// For how long a caller waits while no connection is up; shorter than a restart of the server takes, on purpose.
    private static var patience: Duration { .milliseconds(500) }

    private let capacity: Int
    private let lateness: DatabaseError
    private let gauge: Gauge?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: how many entries may wait.
    ///   - lateness: what an entry is told that has waited until its deadline.
    ///   - gauge: shows how many wait.
    init(capacity: Int, lateness: DatabaseError = .overloaded, gauge: Gauge? = nil) {
        self.capacity = capacity
        self.lateness = lateness
        self.gauge = gauge
    }

    // MARK: For those who wait

    /// Lets an entry wait, or fails it at once.
    func add(_ entry: Entry) {
        let (refusal, sleeper) = state.withLock { state -> ((any Error)?, Wakeup?) in
            if let refusal = self.refusal(of: entry, state) { return (refusal, nil) }
            state.waiting.append(entry)
            gauge?.record(state.waiting.count)
            return (nil, state.idle.popLast())
        }
        if let refusal { entry.fail(refusal) }
        sleeper?.signal()
    }

    /// Takes an entry out whose caller gave up; one that travels already is its thread's to cancel.
    func withdraw(_ ticket: Ticket) {
        ticket.giveUp()
        let entry = state.withLock { $0.waiting.remove { $0.ticket === ticket } }
        entry?.fail(CancellationError())
    }

    private func refusal(of entry: Entry, _ state: borrowing State) -> (any Error)? {
        if let closure = state.closure { return closure }
        if entry.ticket.isGivenUp { return CancellationError() }
        if isDownForGood(state) { return DatabaseError.unavailable }
        return state.waiting.count < capacity ? nil : DatabaseError.overloaded
    }

    private func isDownForGood(_ state: borrowing State) -> Bool {
        state.isDownSince.map { $0 + Self.patience < .now } ?? false
    }

    // MARK: For the threads of the connections

    /// Up to `count` entries that still make sense. Where there are none, `sleeper` is woken for the next.
    func take(upTo count: Int, orWake sleeper: Wakeup) -> Taken {
        sweep()
        return state.withLock { state in
            state.idle.removeAll { $0 === sleeper }
            let entries = removeFirst(count, from: &state)
            if !entries.isEmpty { return .entries(entries) }
            if state.closure != nil { return .closed }
            state.idle.append(sleeper)
            return .nothing
        }
    }

    /// Up to `count` entries that still make sense, for a thread that has others under way and is woken by them.
    func take(upTo count: Int) -> [Entry] {
        sweep()
        return state.withLock { removeFirst(count, from: &$0) }
    }

    private func removeFirst(_ count: Int, from state: inout State) -> [Entry] {
        var entries: [Entry] = []
        while entries.count < count, let entry = state.waiting.removeFirst() { entries.append(entry) }
        gauge?.record(state.waiting.count)
        return entries
    }

    /// Puts an entry back to the front that was taken and came to nothing through no fault of its own.
    func putBack(_ entry: Entry) {
        let closure = state.withLock { state in
            if state.closure == nil { state.waiting.prepend(entry) }
            return state.closure
        }
        if let closure { entry.fail(closure) }
    }

    /// Fails what has waited in vain. Whoever is busy calls it several times a second.
    func sweep() {
        let now = ContinuousClock.now
        let (late, cutOff) = state.withLock { state -> ([Entry], [Entry]) in
            if isDownForGood(state) { return ([], state.waiting.removeAll()) }
            var late: [Entry] = []
            while let first = state.waiting.first, first.deadline <= now {
                state.waiting.removeFirst()
                late.append(first)
            }
            return (late, [])
        }
        for entry in late { entry.fail(lateness) }
        for entry in cutOff { entry.fail(DatabaseError.unavailable) }
    }

    func connectionOpened() {
        state.withLock { state in
            state.connections += 1
            state.isDownSince = nil
        }
    }

    /// The thread that `sleeper` wakes has lost its connection, so what waits is for others.
    func connectionLost(_ sleeper: Wakeup) {
        let other = state.withLock { state in
            state.connections -= 1
            if state.connections == 0 { state.isDownSince = .now }
            state.idle.removeAll { $0 === sleeper }
            return state.waiting.isEmpty ? nil : state.idle.popLast()
        }
        other?.signal()
    }

    func connectionFailed() {
        state.withLock { state in
            if state.connections == 0 { state.isDownSince = state.isDownSince ?? .now }
        }
    }

    /// Takes nothing more. What waits already is still served, unless `error` says that it cannot be.
    func close(_ closure: DatabaseError, failing error: DatabaseError? = nil) {
        let (left, sleepers) = state.withLock { state -> ([Entry], [Wakeup]) in
            state.closure = state.closure ?? closure
            defer { state.idle = [] }
            return (error == nil ? [] : state.waiting.removeAll(), state.idle)
        }
        for entry in left { entry.fail(error ?? closure) }
        for sleeper in sleepers { sleeper.signal() }
    }

    var isClosed: Bool { state.withLock { $0.closure != nil } }
}
