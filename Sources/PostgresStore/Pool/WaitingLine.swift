internal import Metrics
internal import PluginKit
internal import Synchronization

/// Where work waits for the threads of the connections: bounded, first in first out, with deadlines.
///
/// An entry that was taken belongs to the thread that took it; all others are finished here, once.
///
/// In a line that is ``isGathered``, one connection does the work as long as it gets on: several transactions in one
/// flush cost less than several connections that each wake a thread and a server process. Others help where entries wait
/// for longer than ``Flight/patience``, which is when one connection is not enough, or when it is held up by something slow.
final class WaitingLine<Entry: Waiting>: Sendable {
    /// What a thread gets that looks for work.
    enum Taken {
        case entries([Entry])
        /// Nothing waits; the thread will be woken when something does.
        case nothing
        /// Nothing waits and nothing will.
        case closed
    }

    private struct Waiter {
        let entry: Entry
        let since: ContinuousClock.Instant
    }

    private struct State {
        var waiting = Queue<Waiter>()
        var idle: [Wakeup] = []
        /// Who has work under way and gets on with it; the first takes all that comes. Nobody in a line not gathered.
        var carrying: [Wakeup] = []
        var connections = 0
        /// Since when there is no connection; `nil` also until the first attempt to make one has failed.
        var isDownSince: ContinuousClock.Instant?
        var closure: DatabaseError?
    }

    /// For how long a caller waits while no connection is up; shorter than a restart of the server takes, on purpose.
    private static var outagePatience: Duration { .milliseconds(500) }

    private let capacity: Int
    private let isGathered: Bool
    private let lateness: DatabaseError
    private let gauge: Gauge?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: how many entries may wait.
    ///   - isGathered: whether one connection does the work as long as it gets on.
    ///   - lateness: what an entry is told that has waited until its deadline.
    ///   - gauge: shows how many wait.
    init(capacity: Int, isGathered: Bool = false, lateness: DatabaseError = .overloaded, gauge: Gauge? = nil) {
        self.capacity = capacity
        self.isGathered = isGathered
        self.lateness = lateness
        self.gauge = gauge
    }

    // MARK: For those who wait

    /// Lets an entry wait, or fails it at once.
    func add(_ entry: Entry) {
        let (refusal, sleeper) = state.withLock { state -> ((any Error)?, Wakeup?) in
            if let refusal = self.refusal(of: entry, state) { return (refusal, nil) }
            state.waiting.append(Waiter(entry: entry, since: .now))
            gauge?.record(state.waiting.count)
            return (nil, helper(&state))
        }
        if let refusal { entry.fail(refusal) }
        sleeper?.signal()
    }

    /// Takes an entry out whose caller gave up; one that travels already is its thread's to cancel.
    func withdraw(_ ticket: Ticket) {
        ticket.giveUp()
        let waiter = state.withLock { $0.waiting.remove { $0.entry.ticket === ticket } }
        waiter?.entry.fail(CancellationError())
    }

    private func refusal(of entry: Entry, _ state: borrowing State) -> (any Error)? {
        if let closure = state.closure { return closure }
        if entry.ticket.isGivenUp { return CancellationError() }
        if isDownForGood(state) { return DatabaseError.unavailable }
        return state.waiting.count < capacity ? nil : DatabaseError.overloaded
    }

    private func isDownForGood(_ state: borrowing State) -> Bool {
        state.isDownSince.map { $0 + Self.outagePatience < .now } ?? false
    }

    // MARK: For the threads of the connections

    /// Up to `count` entries that still make sense, for a thread that has nothing under way. Where there are none for it,
    /// `sleeper` is woken for the next.
    func take(upTo count: Int, orWake sleeper: Wakeup) -> Taken {
        sweep()
        return state.withLock { state in
            state.idle.removeAll { $0 === sleeper }
            state.carrying.removeAll { $0 === sleeper }
            let entries = isWanted(sleeper, state) ? removeFirst(count, from: &state) : []
            if !entries.isEmpty {
                if isGathered { state.carrying.append(sleeper) }
                return .entries(entries)
            }
            if state.closure != nil { return .closed }
            state.idle.append(sleeper)
            return .nothing
        }
    }

    /// Up to `count` entries that still make sense, for a thread that has others under way, of which it has just finished
    /// some.
    func take(upTo count: Int, besidesOthersOf carrier: Wakeup) -> [Entry] {
        sweep()
        return state.withLock { state in
            if !state.carrying.contains(where: { $0 === carrier }) { state.carrying.append(carrier) }
            return isWanted(carrier, state) ? removeFirst(count, from: &state) : []
        }
    }

    /// What `carrier` has under way takes long: others see to what waits until it gets on.
    func stepAside(_ carrier: Wakeup) {
        let other = state.withLock { state in
            state.carrying.removeAll { $0 === carrier }
            return state.waiting.isEmpty ? nil : helper(&state)
        }
        other?.signal()
    }

    /// Whether entries are for this thread: nobody else gets on with them, or not fast enough.
    private func isWanted(_ thread: Wakeup, _ state: State) -> Bool {
        guard let first = state.carrying.first, first !== thread else { return true }
        return state.closure != nil || Self.isOverdue(state.waiting)
    }

    private static func isOverdue(_ waiting: Queue<Waiter>) -> Bool {
        waiting.first.map { $0.since + Flight.patience <= .now } ?? false
    }

    /// Whom to wake for what waits, if that takes anybody. Whoever is woken counts as at work from now on.
    private func helper(_ state: inout State) -> Wakeup? {
        if Self.isOverdue(state.waiting) { return state.idle.popLast() }
        guard state.carrying.isEmpty, let sleeper = state.idle.popLast() else { return nil }
        if isGathered { state.carrying.append(sleeper) }
        return sleeper
    }

    private func removeFirst(_ count: Int, from state: inout State) -> [Entry] {
        var entries: [Entry] = []
        while entries.count < count, let waiter = state.waiting.removeFirst() { entries.append(waiter.entry) }
        gauge?.record(state.waiting.count)
        return entries
    }

    /// Puts an entry back to the front that was taken and came to nothing through no fault of its own.
    func putBack(_ entry: Entry) {
        let closure = state.withLock { state in
            if state.closure == nil { state.waiting.prepend(Waiter(entry: entry, since: .now)) }
            return state.closure
        }
        if let closure { entry.fail(closure) }
    }

    /// Fails what has waited in vain, and wakes help for what has waited for long. Whoever is busy calls it several times a
    /// second.
    func sweep() {
        let now = ContinuousClock.now
        let (late, cutOff, other) = state.withLock { state -> ([Waiter], [Waiter], Wakeup?) in
            if isDownForGood(state) { return ([], state.waiting.removeAll(), nil) }
            var late: [Waiter] = []
            while let first = state.waiting.first, first.entry.deadline <= now {
                state.waiting.removeFirst()
                late.append(first)
            }
            return (late, [], Self.isOverdue(state.waiting) ? state.idle.popLast() : nil)
        }
        for waiter in late { waiter.entry.fail(lateness) }
        for waiter in cutOff { waiter.entry.fail(DatabaseError.unavailable) }
        other?.signal()
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
            state.carrying.removeAll { $0 === sleeper }
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
        let (left, sleepers) = state.withLock { state -> ([Waiter], [Wakeup]) in
            state.closure = state.closure ?? closure
            defer { state.idle = [] }
            return (error == nil ? [] : state.waiting.removeAll(), state.idle)
        }
        for waiter in left { waiter.entry.fail(error ?? closure) }
        for sleeper in sleepers { sleeper.signal() }
    }

    var isClosed: Bool { state.withLock { $0.closure != nil } }
}
