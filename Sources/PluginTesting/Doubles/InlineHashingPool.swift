public import PluginKit
private import Synchronization

/// A hashing pool without threads: work runs where it is asked for, and is counted.
public final class InlineHashingPool: HashingPool {
    private let state = Mutex((runs: 0, isFull: false))

    public init() {}

    /// How many pieces of work were run.
    public var runs: Int { state.withLock { $0.runs } }

    /// While true, every piece of work is refused as ``PluginKit/Overloaded``.
    public var isFull: Bool {
        get { state.withLock { $0.isFull } }
        set { state.withLock { $0.isFull = newValue } }
    }

    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try state.withLock { state in
            guard !state.isFull else { throw Overloaded(what: "the hashing pool") }
            state.runs += 1
        }
        return try work()
    }
}
