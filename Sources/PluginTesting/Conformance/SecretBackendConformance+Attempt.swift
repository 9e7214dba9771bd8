internal import PluginKit
private import Synchronization

extension SecretBackendConformance {
    /// A look-up beside the suite, which does not wait for it longer than it likes.
    struct Attempt: Sendable {
        typealias Outcome = Result<ResolvedSecret?, any Error>

        private let task: Task<ResolvedSecret?, any Error>

        init(_ body: @escaping @Sendable () async throws -> ResolvedSecret?) {
            task = Task { try await body() }
        }

        func cancel() { task.cancel() }

        /// Gives it time to get as far as it comes. What is slower makes a check milder, never wrong.
        func begin() async { _ = await outcome(within: .milliseconds(20)) }

        /// How it ended; `nil` where it has not ended within `limit`, and goes on.
        func outcome(within limit: Duration) async -> Outcome? {
            let first = First<Outcome?>()
            let timer = Task {
                try await Task.sleep(for: limit)
                first.give(nil)
            }
            Task { first.give(await task.result) }
            defer { timer.cancel() }
            return await first.value
        }

        /// What was found; `nil` also for an error, and where it took longer than `limit`.
        func found(within limit: Duration) async -> ResolvedSecret? {
            try? await outcome(within: limit)?.get()
        }
    }
}

/// Waits for the first of several values.
private final class First<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: CheckedContinuation<Value, Never>?
    }

    private let state = Mutex(State())

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value = state.withLock { state in
                    if state.value == nil { state.waiting = continuation }
                    return state.value
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }

    func give(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            guard state.value == nil else { return nil }
            state.value = value
            return state.waiting
        }
        waiting?.resume(returning: value)
    }
}
