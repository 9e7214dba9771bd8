import Foundation
import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What a cache may rely on that drops what is announced, and everything where hearing was interrupted.
    @Suite("Staleness")
    struct NotificationStalenessTests {
        @Test("while hearing is claimed, all is known that was committed longer ago than the bound, whatever breaks")
        func staleness() async throws {
            let cluster = try TestCluster.current
            let (cache, writer) = (Cache(), Writer())
            try await Ear.open(
                to: cluster.database.app, reaction: { cache.take($0, latest: writer.latest) }
            ) { ear in
                try await ear.untilHearing()
                let checks = Task { try await checkUntilCancelled(ear, cache, writer) }
                defer {
                    checks.cancel()
                    writer.end()
                }
                let writing = Task { try await writer.write(to: try cluster.adminURL(database: "gatehouse")) }
                for disruption in Disruption.allCases { try await disrupt(disruption, ear, cluster) }
                try await ear.untilHearing()
                let before = writer.latest
                try await until { writer.latest > before + 50 }
                writer.end()
                try await writing.value
                try await until { cache.known == writer.latest }
                checks.cancel()
                let outcome = try await checks.value
                #expect(outcome.stale == 0)
                #expect(outcome.sound > 100)
            }
        }

        private enum Disruption: CaseIterable {
            case listeningEnds, listeningHangs, announcingHangs, announcingEnds
        }

        private func disrupt(_ disruption: Disruption, _ ear: Ear, _ cluster: TestCluster) async throws {
            try await ear.untilHearing()
            let before = ear.interruptions
            let processes = try await cluster.listenerProcesses()
            let process = [.listeningEnds, .listeningHangs].contains(disruption) ? processes.0 : processes.1
            if [.listeningEnds, .announcingEnds].contains(disruption) {
                try await cluster.end(process)
                try await until { ear.interruptions >= before + 2 }
            } else {
                let process = try #require(process)
                kill(process, SIGSTOP)
                defer { kill(process, SIGCONT) }
                try await until { ear.interruptions >= before + 2 }
            }
        }

        private func checkUntilCancelled(
            _ ear: Ear, _ cache: Cache, _ writer: Writer
        ) async throws -> (sound: Int, stale: Int) {
            var outcome = (sound: 0, stale: 0)
            while !Task.isCancelled {
                let due = writer.committed(before: .now - Ear.quick.bound)
                // In this order: what is known is looked at after the claim.
                if ear.isHearing {
                    if cache.known >= due { outcome.sound += 1 } else { outcome.stale += 1 }
                }
                try? await Task.sleep(for: .milliseconds(2))
            }
            return outcome
        }
    }
}

/// Holds the number that it heard last. Where hearing was interrupted it asks anew, and so knows what was begun by then.
private final class Cache: Sendable {
    private let held = Mutex(0)

    var known: Int { held.withLock { $0 } }

    func take(_ event: Ear.Event, latest: Int) {
        switch event {
        case .received(let notification): held.withLock { $0 = max($0, Int(notification.payload) ?? 0) }
        case .interrupted: held.withLock { $0 = max($0, latest) }
        }
    }
}

/// Commits one number after the other, and announces each.
private final class Writer: Sendable {
    private struct State {
        var latest = 0
        var commits: [ContinuousClock.Instant] = []
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// The number that was begun last.
    var latest: Int { state.withLock { $0.latest } }

    /// The highest number that was committed for sure before `instant`.
    func committed(before instant: ContinuousClock.Instant) -> Int {
        state.withLock { state in (state.commits.lastIndex { $0 < instant } ?? -1) + 1 }
    }

    func end() { state.withLock { $0.hasEnded = true } }

    func write(to database: SecretText) async throws {
        try await BlockingThread.run { [self] in
            let connection = try Connection.open(ConnectionTarget(database, applicationName: "test"))
            try connection.enterPipeline()
            while !state.withLock({ $0.hasEnded }) {
                let number = state.withLock { state in
                    state.latest += 1
                    return state.latest
                }
                let heartbeat = AnnounceHeartbeat(channel: Ear.channels[0], number: number)
                _ = try connection.perform([BoundStatement(heartbeat)], within: .seconds(10))
                state.withLock { $0.commits.append(.now) }
            }
        }
    }
}
