internal import Synchronization

/// What the caller of a transaction holds of it: the means to give it up.
final class Ticket: Sendable {
    private struct State {
        var isGivenUp = false
        var carrier: Wakeup?
    }

    private let state = Mutex(State())

    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    /// The caller wants no answer any more. Wakes the thread that carries the transaction, if one does.
    func giveUp() {
        let carrier = state.withLock { state in
            state.isGivenUp = true
            return state.carrier
        }
        carrier?.signal()
    }

    /// From now on, whoever gives up wakes `carrier`; `nil` once the transaction is over.
    func isCarried(by carrier: Wakeup?) {
        state.withLock { $0.carrier = carrier }
    }
}
