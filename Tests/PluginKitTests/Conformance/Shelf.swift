import Synchronization

/// What a backend under test keeps, within reach of the test.
final class Shelf: Sendable {
    private struct State {
        var values: [String: [UInt8]] = [:]
        /// Who waits for a delayed value, by number.
        var delayed: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
        var cancelled: Set<Int> = []
        var tickets = 0
    }

    private let state = Mutex(State())

    func put(_ value: [UInt8]?, at name: String) { state.withLock { $0.values[name] = value } }

    func value(at name: String) -> [UInt8]? { state.withLock { $0.values[name] } }

    /// Lets whoever passes `name` wait until what is returned is called.
    func delay(_ name: String) -> @Sendable () async -> Void {
        state.withLock { $0.delayed[name] = [:] }
        return { [self] in
            let waiting = state.withLock { $0.delayed.removeValue(forKey: name) }
            for continuation in (waiting ?? [:]).values { continuation.resume() }
        }
    }

    /// Returns when `name` is not delayed any more, or the task is cancelled.
    func pass(_ name: String) async throws {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { wait(for: name, ticket, $0) }
        } onCancel: {
            giveUp(name, ticket)
        }
        try Task.checkCancellation()
    }

    private func wait(for name: String, _ ticket: Int, _ continuation: CheckedContinuation<Void, Never>) {
        let goesOn = state.withLock { state in
            guard state.delayed[name] != nil, !state.cancelled.contains(ticket) else { return true }
            state.delayed[name]?[ticket] = continuation
            return false
        }
        if goesOn { continuation.resume() }
    }

    private func giveUp(_ name: String, _ ticket: Int) {
        let waiting = state.withLock { state in
            state.cancelled.insert(ticket)
            return state.delayed[name]?.removeValue(forKey: ticket)
        }
        waiting?.resume()
    }
}
