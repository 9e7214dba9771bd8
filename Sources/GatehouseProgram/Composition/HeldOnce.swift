import Synchronization

/// A place for one value that is not there yet.
final class HeldOnce<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)

    /// `nil` until it is there.
    var value: Value? { held.withLock { $0 } }

    /// - Precondition: nothing is held yet.
    func hold(_ value: Value) {
        held.withLock { held in
            precondition(held == nil, "held twice")
            held = value
        }
    }
}
