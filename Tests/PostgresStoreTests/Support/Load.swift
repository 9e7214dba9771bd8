import PluginKit
import PostgresStore
import Synchronization

/// Requests without end, of both kinds, from several callers at once.
final class Load: Sendable {
    private let outcomes = Mutex((done: 0, failures: [String]()))

    var done: Int { outcomes.withLock { $0.done } }
    /// What went wrong; a request that was going on at the end counts, too.
    var failures: [String] { outcomes.withLock { $0.failures } }

    /// Runs requests while `body` runs.
    func run(on store: PostgresStore, of tenant: TenantID, while body: () async throws -> Void) async throws {
        let callers = (0..<6).map { number in
            Task { await callUntilCancelled(store.database(of: tenant), isInteractive: number.isMultiple(of: 3)) }
        }
        defer { for caller in callers { caller.cancel() } }
        try await body()
        let before = done
        try await until { self.done > before + 100 || !self.failures.isEmpty }
    }

    private func callUntilCancelled(_ tenant: any TenantDatabase, isInteractive: Bool) async {
        while !Task.isCancelled {
            do {
                try await call(tenant, isInteractive: isInteractive)
                outcomes.withLock { $0.done += 1 }
            } catch is CancellationError {
                return
            } catch {
                outcomes.withLock { $0.failures.append("\(error)") }
            }
        }
    }

    private func call(_ tenant: any TenantDatabase, isInteractive: Bool) async throws {
        guard isInteractive else { return _ = try await tenant.rows(ListNotes(ids: 1...9)) }
        try await tenant.transaction { transaction in
            _ = try await transaction.rows(ListNotes(ids: 1...9))
            _ = try await transaction.rows(ListNotes(ids: 1...9))
        }
    }
}

/// What a test waited for did not come about.
struct NeverHappened: Error {}

/// Waits until something is so, for half a minute at most.
func until(_ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while try await !holds() {
        guard .now < end else { throw NeverHappened() }
        try await Task.sleep(for: .milliseconds(10))
    }
}
