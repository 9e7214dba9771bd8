import Foundation
import PluginKit

/// What is remembered of one path: the fields that were asked for, each with its last good value.
struct CachedPath: Sendable {
    private struct Known {
        var secret: ResolvedSecret
        var confirmedAt: Date
        /// What keeps it from being confirmed, whatever became of the path as a whole.
        var problem: VaultProblem?
    }

    /// When it was last looked at, with whatever outcome.
    private(set) var lookedAt = Date.distantPast
    private var document: KVDocument?
    private var readAt = Date.distantPast
    private var known: [String: Known] = [:]
    /// What the last look failed with.
    private var problem: VaultProblem?

    /// Whether the last look went well.
    var isGood: Bool { problem == nil }

    var hasDocument: Bool { document != nil }

    /// Whether Vault ever said what is there, or that there is nothing.
    var wasRead: Bool { readAt > .distantPast }

    /// What keeps known fields from being confirmed.
    var troubles: [String: VaultProblem] { known.compactMapValues { problem ?? $0.problem } }

    var oldestConfirmation: Date? { known.values.map(\.confirmedAt).min() }

    func knows(_ field: String) -> Bool { known[field] != nil }

    /// Whether Vault said, within `timeToLive`, that there is no such field; it never was known.
    func lacks(_ field: String, at time: Date, within timeToLive: Duration) -> Bool {
        known[field] == nil && document?.fields[field] == nil && time < readAt + timeToLive.inSeconds
    }

    func confirmation(of field: String) -> Date? { known[field]?.confirmedAt }

    /// Takes in how a look ended.
    mutating func take(_ outcome: Result<KVDocument?, VaultProblem>, at time: Date) {
        lookedAt = time
        switch outcome {
        case .success(let document):
            (self.document, readAt, problem) = (document, time, nil)
            for field in known.keys { confirm(field, at: time) }
        case .failure(let failure):
            problem = failure
        }
    }

    /// The value of `field` as far as it may still be used; from now on the field counts as known.
    ///
    /// - Throws: where the field's value is not text, and never was.
    mutating func secret(
        _ field: String, at time: Date, within timeToLive: Duration
    ) throws(VaultProblem) -> ResolvedSecret? {
        if known[field] == nil { try adopt(field) }
        guard let known = known[field], time < known.confirmedAt + timeToLive.inSeconds else { return nil }
        guard problem != nil || known.problem != nil else { return known.secret }
        return ResolvedSecret(
            value: known.secret.value, version: known.secret.version, changedAt: known.secret.changedAt,
            unconfirmedSince: known.confirmedAt)
    }

    private mutating func adopt(_ field: String) throws(VaultProblem) {
        guard let found = document?.fields[field] else { return }
        guard case .text(let value) = found.value else { throw .notText }
        let secret = ResolvedSecret(value: value, version: found.version, changedAt: document?.changedAt)
        known[field] = Known(secret: secret, confirmedAt: readAt)
    }

    private mutating func confirm(_ field: String, at time: Date) {
        guard let found = document?.fields[field] else {
            known[field]?.problem = document == nil ? .noPath : .noField
            return
        }
        guard case .text(let value) = found.value else {
            known[field]?.problem = .notText
            return
        }
        let secret = ResolvedSecret(value: value, version: found.version, changedAt: document?.changedAt)
        known[field] = Known(secret: secret, confirmedAt: time)
    }
}
