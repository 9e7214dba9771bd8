internal import Foundation
internal import Synchronization

/// Replaces the connections of a store, one after another, by such as its current address leads to.
///
/// The new connection is opened beside the old one, which serves until then: where none can be had, nothing is lost,
/// and it is tried again until the address works or becomes another.
final class ConnectionRenewal: Sendable {
    private struct State {
        var slots: [ConnectionSlot] = []
        var isRunning = false
        /// Somebody asked while it ran.
        var isAskedAgain = false
    }

    private let opener: ConnectionOpener
    private let threads: ThreadGroup
    private let isClosed: @Sendable () -> Bool
    private let state = Mutex(State())

    init(opener: ConnectionOpener, threads: ThreadGroup, isClosed: @escaping @Sendable () -> Bool) {
        self.opener = opener
        self.threads = threads
        self.isClosed = isClosed
    }

    func add(_ slot: ConnectionSlot) { state.withLock { $0.slots.append(slot) } }

    /// Begins, unless it runs already.
    func begin() {
        let isFirst = state.withLock { state in
            defer { (state.isRunning, state.isAskedAgain) = (true, state.isRunning) }
            return !state.isRunning
        }
        guard isFirst, !isClosed() else { return }
        threads.start(named: "pg-renewal") { [self] in run() }
    }

    private func run() {
        repeat { renew() } while !isOver()
        // The threads may have ended before they took what was meant for them.
        if isClosed() { for slot in state.withLock({ $0.slots }) { _ = slot.takeSuccessor() } }
    }

    private func renew() {
        var backOff = BackOff(longest: .seconds(30))
        while goesOn, let slot = outdatedSlot {
            do {
                slot.offer(try opener.openCurrent { goesOn })
                // One at a time, so that the server never holds more than one connection beyond the usual number.
                while slot.hasSuccessor, !isClosed() { rest(.milliseconds(10)) }
            } catch {
                let end = ContinuousClock.now + backOff.pause()
                while goesOn, ContinuousClock.now < end { rest(.milliseconds(50)) }
            }
        }
    }

    private func rest(_ pause: Duration) {
        Readiness.wait(for: -1, events: 0, until: .now + pause)
    }

    /// Whether what is being done still is what was asked for.
    private var goesOn: Bool { !isClosed() && !state.withLock { $0.isAskedAgain } }

    private var outdatedSlot: ConnectionSlot? {
        let generation = opener.address.choice.generation
        return state.withLock { $0.slots.first { $0.generation != generation } }
    }

    /// Whether nobody has asked meanwhile.
    private func isOver() -> Bool {
        state.withLock { state in
            defer { (state.isRunning, state.isAskedAgain) = (state.isAskedAgain, false) }
            return !state.isAskedAgain
        }
    }
}
