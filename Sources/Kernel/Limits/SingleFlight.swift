import Synchronization

/// Lets those who want the same thing at the same time share one piece of work.
///
/// The work goes on when one of them is cancelled: the others wait for it.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let running = Mutex<[Key: Task<Value, any Error>]>([:])

    /// What `work` gives, from the run that is under way for `key` or from a new one.
    func run(_ key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = running.withLock { running in
            if let task = running[key] { return task }
            let task = Task {
                defer { self.running.withLock { $0[key] = nil } }
                return try await work()
            }
            running[key] = task
            return task
        }
        return try await task.value
    }

    /// What a run gives that began after this call: the one under way may have looked at what has changed since.
    func runAnew(_ key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let earlier = running.withLock { $0[key] }
        _ = await earlier?.result
        return try await run(key, work)
    }
}
