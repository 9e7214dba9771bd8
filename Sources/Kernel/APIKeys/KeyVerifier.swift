import Cryptography
import Foundation
import Logging
import Metrics
package import PluginKit

/// A key as it was presented for somebody to learn whether it is good.
package struct PresentedKey: Sendable {
    package let text: SecretText
    /// What it has to allow.
    package let scopes: Set<Permission>
    /// Where it is used from; `nil` where that is unknown.
    package let address: IPAddress?
    package let origin: RequestOrigin
    /// The network of whoever presents it, where he has not proved who he is: he may be wrong only so often.
    package let stranger: String?

    package init(
        text: SecretText, scopes: Set<Permission> = [], address: IPAddress?, origin: RequestOrigin,
        stranger: String? = nil
    ) {
        self.text = text
        self.scopes = scopes
        self.address = address
        self.origin = origin
        self.stranger = stranger
    }
}

/// Finds out whether keys are good, for one whole process.
///
/// The form is checked first, without a look-up; then what was found good a moment ago; else one round trip looks the
/// key up by the hash of its whole text, under the tenant's own context. All keys that are not good take that one round
/// trip, whatever is wrong with them.
package struct KeyVerifier: Sendable {
    private let hashKeys: HashKeys
    private let uses: KeyUses
    private let misses: MissBudget
    private let now: @Sendable () -> Date
    private let refused = Counter(label: "gatehouse_api_keys_refused_total")

    init(hashKeys: HashKeys, uses: KeyUses, misses: MissBudget, now: @escaping @Sendable () -> Date) {
        self.hashKeys = hashKeys
        self.uses = uses
        self.misses = misses
        self.now = now
    }

    /// Whether the key is good at `tenant`, from there and for that. A use of a good key is counted, and counts against
    /// its limit.
    ///
    /// - Throws: ``TooManyMisses``, or where it could not be found out; the key must not be taken for good then.
    package func verify(_ presented: PresentedKey, in tenant: Tenant) async throws -> KeyVerdict {
        var found: VerifiedKey?
        var isRemembered = false
        do {
            let key: VerifiedKey
            (key, isRemembered) = try await known(presented, in: tenant)
            found = key
            guard key.endsAt > now() else { throw key.end }
            guard key.isAllowed(from: presented.address) else { throw KeyRefusal.networkNotAllowed }
            guard presented.scopes.isSubset(of: key.permissions) else { throw KeyRefusal.insufficientScope }
            try await reserveUse(of: key, in: tenant)
            uses.note(key, of: tenant, by: presented.origin, at: now())
            return .valid(key)
        } catch let refusal as KeyRefusal {
            // A genuine key is refused no sooner than one that is none, or the time would tell.
            if isRemembered, !refusal.isAboutRate { try await spendLookUp(of: presented, in: tenant) }
            return refuse(refusal, found?.key, presented, in: tenant)
        } catch let dead as DeadKey {
            return refuse(dead.refusal, dead.key, presented, in: tenant)
        }
    }

    /// Spends the time that a look-up of a key takes, for a key of no tenant.
    ///
    /// - Parameters:
    ///   - database: one in which there is nothing to find.
    ///   - stranger: as in ``PresentedKey``.
    package func spendLookUp(
        of text: SecretText, by stranger: String?, in database: any TenantDatabase
    ) async throws {
        _ = try await misses.counting(stranger, at: now(), isGood: { _ in false }) {
            try await database.first(FindKeyByHash(hash: HashKey.decoy.hash(text).bytes))
        }
    }

    private func spendLookUp(of presented: PresentedKey, in tenant: Tenant) async throws {
        _ = try await misses.counting(presented.stranger, at: now(), isGood: { _ in false }) {
            try await lookUp(presented.text, in: tenant)
        }
    }

    /// The key that `text` is, however it stands and whether or not keys are still written so; `nil` where it is none of
    /// this tenant. Costs one look-up for any text.
    ///
    /// - Parameter stranger: as in ``PresentedKey``.
    func find(_ text: SecretText, by stranger: String?, in tenant: Tenant) async throws -> FoundKey? {
        try await lookUp(text, by: stranger, in: tenant)?.key
    }

    private func known(
        _ presented: PresentedKey, in tenant: Tenant
    ) async throws -> (key: VerifiedKey, isRemembered: Bool) {
        let text = presented.text
        guard let keys = tenant.keys, keys.authenticator.read(text) != nil else { throw KeyRefusal.malformed }
        let place = VerifiedKeyCache.Place(
            tenant: tenant.id, provider: keys.name, digest: text.bytes.withExposedBytes { SHA256Digest.of($0) })
        if let key = tenant.keyCache.value(at: place, now: now()) { return (key, true) }
        let generation = tenant.keyCache.beginLookUp(of: place)
        guard let found = try await lookUp(text, by: presented.stranger, in: tenant) else { throw KeyRefusal.unknown }
        do {
            let key = try VerifiedKey(found.key, hashedWith: found.hashKey, of: tenant.id, at: now())
            tenant.keyCache.store(key, at: place, since: generation, now: now())
            return (key, false)
        } catch {
            throw DeadKey(key: found.key.key, refusal: error)
        }
    }

    private func lookUp(
        _ text: SecretText, by stranger: String?, in tenant: Tenant
    ) async throws -> (key: FoundKey, hashKey: HashKeyID)? {
        let now = now()
        return try await misses.counting(stranger, at: now, isGood: { $0?.key.isGood(at: now) ?? false }) {
            try await lookUp(text, in: tenant)
        }
    }

    /// Under all hash keys in one round trip, for any text: which of them it was made with is not known before.
    private func lookUp(_ text: SecretText, in tenant: Tenant) async throws -> (key: FoundKey, hashKey: HashKeyID)? {
        let hashes = try await hashKeys.keys(of: tenant).map { $0.hash(text) }
        let results = try await tenant.database.run(hashes.map { BoundStatement(FindKeyByHash(hash: $0.bytes)) })
        for (hash, result) in zip(hashes, results) {
            if let found = try FindKeyByHash.rows(of: result).first { return (found, hash.key) }
        }
        return nil
    }

    /// Counts one use against the limits of the key and of its tenant, for all nodes together. The key's own comes first,
    /// so that what one key is refused is not taken from the others.
    private func reserveUse(of key: VerifiedKey, in tenant: Tenant) async throws {
        if let limit = key.rateLimit {
            try await reserve(limit, of: [Array("api_key".utf8), key.key.rawValue.byteArray], in: tenant)
        }
        if let limit = tenant.keys?.authenticator.policy.rateLimit {
            try await reserve(limit, of: [Array("api_keys".utf8)], in: tenant)
        }
    }

    private func reserve(_ perMinute: Int, of name: [[UInt8]], in tenant: Tenant) async throws {
        let bucket = AttemptBucket(key: SHA256Digest.of(LengthPrefixed.encode(name)), perMinute: perMinute)
        let isGranted = try await tenant.database.first(ReserveAttempt(bucket: bucket, at: now())) != nil
        guard isGranted else {
            throw KeyRefusal.rateLimited(retryAfterSeconds: max(1, Int(bucket.intervalSeconds.rounded(.up))))
        }
    }

    private func refuse(
        _ refusal: KeyRefusal, _ key: KeyID?, _ presented: PresentedKey, in tenant: Tenant
    ) -> KeyVerdict {
        refused.increment()
        tenant.logger.info(
            "an API key was refused",
            metadata: [
                "reason": "\(refusal.code)", "key": "\(key?.description ?? "unknown")",
                "request_id": "\(presented.origin.requestID)",
            ])
        return .refused(refusal, key: key)
    }
}

/// A key that was found and is not good, so that the log can say which one is used still.
private struct DeadKey: Error {
    let key: KeyID
    let refusal: KeyRefusal
}

extension HashKey {
    /// Hashes what is no key of anybody, at the cost of any other.
    static let decoy = HashKey(
        id: HashKeyID.make(at: Date(timeIntervalSince1970: 0)), bytes: KeyBytes([UInt8](repeating: 0, count: 32)),
        createdAt: Date(timeIntervalSince1970: 0))
}
