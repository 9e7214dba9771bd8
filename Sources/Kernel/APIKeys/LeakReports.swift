import Logging
import Metrics
package import PluginKit

/// Reports of keys that lie where they should not. Whoever has a key may end it.
package struct LeakReports: Sendable {
    private let keys: APIKeys
    private let verifier: KeyVerifier

    init(keys: APIKeys, verifier: KeyVerifier) {
        self.keys = keys
        self.verifier = verifier
    }

    /// Ends the key that `text` is, if it is one that is good still, and tells the tenant.
    ///
    /// - Throws: ``TooManyMisses`` for a network that reported too much that is no key.
    package func report(_ text: SecretText, from origin: RequestOrigin) async throws {
        let found = try await verifier.find(text, by: origin.network, in: keys.tenant)
        guard let found, found.isGood(at: keys.now()) else { return }
        let (id, now) = (found.key, keys.now)
        defer { keys.tenant.keyCache.forget(id, of: keys.tenant.id) }
        let details = ["secret": found.secret.description, "name": found.name]
        let event = AuditEvent(
            .apiKeyLeaked, actor: .anonymous, subject: id.description, origin: origin, details: details)
        let record = try keys.change.audit.statement(event)
        let isEnded = try await keys.tenant.database.transaction { transaction in
            // Behind whoever rotates the key right now, so that its newest secret is ended, too.
            guard try await transaction.first(LockAPIKey(id: id)) != nil else { return false }
            let revoke = RevokeAPIKey(id: id, why: .leaked, at: now())
            guard try await transaction.first(revoke) != nil else { return false }
            _ = try await transaction.run([record])
            return true
        }
        guard isEnded else { return }
        keys.tenant.logger.error("an API key was reported as leaked and is revoked", metadata: ["key": "\(id)"])
        Counter(label: "gatehouse_api_keys_leaked_total", dimensions: [("tenant", keys.tenant.slug.text)]).increment()
    }
}
