import Foundation
import Logging
import PluginKit

/// Remembers what was read, so that a secret costs nothing once it is known, and survives the time without Vault.
///
/// One look at a path serves all of its fields and everybody who waits. Once a field is known, nobody waits: it is
/// looked at again in the background, in use or not, and what was good serves until its time to live is over.
actor SecretCache {
    typealias Look = @Sendable (_ path: String) async throws(VaultProblem) -> KVDocument?

    private let look: Look
    private let refresh: Duration
    private let timeToLive: Duration
    private let clock: VaultClock
    private let metrics: VaultMetrics
    private let logger: Logger

    private var entries: [String: CachedPath] = [:]
    private var pending: [String: Task<VaultProblem?, Never>] = [:]
    private var ticker: Task<Void, Never>?
    private var isClosed = false

    init(
        refresh: Duration, timeToLive: Duration, clock: VaultClock, metrics: VaultMetrics, logger: Logger,
        look: @escaping Look
    ) {
        self.refresh = refresh
        self.timeToLive = timeToLive
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        self.look = look
    }

    /// The secret, or `nil` where there is none and there was none.
    func resolve(_ name: VaultPath) async throws(VaultProblem) -> ResolvedSecret? {
        let isDue = isDue(name.path)
        let isKnown = entries[name.path]?.knows(name.field) == true
        if isKnown || !isDue, let found = try remembered(name) {
            if isDue, !isClosed { _ = startLook(name.path) }
            return found
        }
        if !isKnown, let entry = entries[name.path], isAbsent(name) {
            if entry.isGood, entry.hasDocument, !isDue { return nil }
            // Without Vault, what was not there is not waited for either.
            if !entry.isGood {
                if isDue, !isClosed { _ = startLook(name.path) }
                return nil
            }
        }
        guard !isClosed else { throw .closed }
        guard let problem = await startLook(name.path).valueUnlessCancelled else { throw .cancelled }
        defer { recordAge() }
        if let found = try remembered(name) { return found }
        if let problem, !isAbsent(name) { throw problem }
        return nil
    }

    /// Since when a secret that is known could not be confirmed.
    func confirmation(of name: VaultPath) -> Date? {
        entries[name.path]?.confirmation(of: name.field)
    }

    /// Looks at every path that is in use and due, and waits for the answers.
    func lookAtDue() async {
        guard !isClosed else { return }
        for path in entries.keys where isDue(path, share: 0.5) { _ = startLook(path) }
        for task in pending.values { _ = await task.value }
        recordAge()
    }

    /// Looks at every path that is in use, due or not, and waits for the answers; at most once a second.
    func lookAgain() async {
        guard !isClosed else { return }
        for (path, entry) in entries where clock.now() >= entry.lookedAt + 1 { _ = startLook(path) }
        for task in pending.values { _ = await task.value }
        recordAge()
    }

    /// Whether there was anything at `path` at the last look.
    func hasDocument(at path: String) -> Bool {
        entries[path]?.hasDocument == true
    }

    /// From now on only what is remembered is given.
    func close() {
        isClosed = true
        ticker?.cancel()
    }

    // MARK: Parts

    private func remembered(_ name: VaultPath) throws(VaultProblem) -> ResolvedSecret? {
        try entries[name.path]?.secret(name.field, at: clock.now(), within: timeToLive)
    }

    /// Whether it was certain that there is no such secret, and that is not too long ago.
    private func isAbsent(_ name: VaultPath) -> Bool {
        entries[name.path]?.lacks(name.field, at: clock.now(), within: timeToLive) == true
    }

    /// - Parameter share: of the pause between two looks that must be over.
    private func isDue(_ path: String, share: Double = 1) -> Bool {
        guard let entry = entries[path] else { return true }
        // After a failure it is looked at sooner, so that the end of an outage is noticed soon.
        let pause = entry.isGood ? refresh : min(refresh, .seconds(5))
        return clock.now() >= entry.lookedAt + pause.inSeconds * share
    }

    private func startLook(_ path: String) -> Task<VaultProblem?, Never> {
        if let task = pending[path] { return task }
        let task = Task { await finishLook(path) }
        pending[path] = task
        return task
    }

    private func finishLook(_ path: String) async -> VaultProblem? {
        defer { pending[path] = nil }
        let outcome: Result<KVDocument?, VaultProblem>
        do throws(VaultProblem) {
            outcome = .success(try await look(path))
        } catch {
            outcome = .failure(error)
        }
        note(outcome, path)
        if case .failure(let problem) = outcome { return problem }
        return nil
    }

    private func note(_ outcome: Result<KVDocument?, VaultProblem>, _ path: String) {
        var entry = entries[path] ?? CachedPath()
        let before = entry.troubles
        entry.take(outcome, at: clock.now())
        // A path of which nothing is certain is forgotten.
        guard entry.wasRead else { return }
        entries[path] = entry
        tell(path, before, entry.troubles)
        startTicker()
        recordAge()
    }

    private func tell(_ path: String, _ before: [String: VaultProblem], _ after: [String: VaultProblem]) {
        for (field, problem) in after where before[field] != problem {
            logger.warning(
                "a secret of Vault cannot be confirmed; its last good value stays in use",
                metadata: ["secret": "vault:\(path)#\(field)", "problem": "\(problem)"])
        }
        for field in before.keys where after[field] == nil {
            logger.notice("a secret of Vault is confirmed again", metadata: ["secret": "vault:\(path)#\(field)"])
        }
    }

    private func recordAge() {
        let now = clock.now()
        if let oldest = entries.values.compactMap(\.oldestConfirmation).min() {
            metrics.setOldest(age: max(0, now.timeIntervalSince(oldest)))
        }
    }

    // Twice per `refresh` and a little more, so that no two looks at a path are further apart than `refresh`.
    private func startTicker() {
        guard ticker == nil, !isClosed else { return }
        let (clock, refresh) = (clock, refresh)
        ticker = Task { [weak self] in
            while !Task.isCancelled {
                do { try await clock.pause(refresh * (0.4 + clock.chance() / 10)) } catch { return }
                guard let self else { return }
                await self.lookAtDue()
            }
        }
    }
}
