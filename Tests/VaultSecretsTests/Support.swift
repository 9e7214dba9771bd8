import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import VaultSecrets

/// Where tasks wait until a test lets them on.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

extension VaultClock {
    /// A clock that goes on by hand only: pauses between tries are short, and what runs in the background never wakes.
    static func still(_ clock: FixedClock) -> VaultClock {
        VaultClock(
            now: clock.reading,
            pause: { duration in
                // A pause of this length belongs to a loop in the background; tests call what it would call.
                try await Task.sleep(for: duration > .seconds(1) ? .seconds(3600) : duration / 10)
            },
            chance: { 0.5 })
    }
}

extension ResolvedSecret {
    var text: String { value.withExposedBytes { String(decoding: $0, as: UTF8.self) } }
}

/// Waits until something is so, for a few seconds at most.
func eventually(_ holds: @Sendable () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try await !holds() {
        guard .now < deadline else { throw NeverHappened() }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What a test waited for did not come about.
struct NeverHappened: Error {}
