import Cryptography
package import Foundation
import PluginKit

/// What tenants' API keys are hashed with: a random key per tenant, sealed under its data key, so that hashes outlast
/// every change of data keys. Kept opened for a while.
package final class HashKeys: Sendable {
    private let hierarchy: KeyHierarchy
    private let now: @Sendable () -> Date
    private let known: BoundedCache<TenantID, [HashKey]>
    private let loads = SingleFlight<TenantID, [HashKey]>()

    package init(hierarchy: KeyHierarchy, now: @escaping @Sendable () -> Date) {
        self.hierarchy = hierarchy
        self.now = now
        known = BoundedCache(capacity: 20_000, lifetime: KeyHierarchy.timeToLive)
    }

    /// The hash keys of a tenant, the newest first. The first is made here where there is none, whoever asks: a tenant that
    /// has no API keys then takes as long to say so as any other.
    func keys(of tenant: Tenant) async throws -> [HashKey] {
        if let known = known.value(for: tenant.id, at: now()) { return known }
        return try await loads.run(tenant.id) { [self] in
            var keys = try await load(tenant)
            if keys.isEmpty {
                try await makeFirst(of: tenant)
                keys = try await load(tenant)
            }
            known.store(keys, for: tenant.id, at: now())
            return keys
        }
    }

    /// The key that hashes from now on.
    func newest(of tenant: Tenant) async throws -> HashKey {
        guard let newest = try await keys(of: tenant).first else { throw KeyringError.unknownKey }
        return newest
    }

    /// Forgets the keys of `tenant`, so that the next use looks again.
    func forget(_ tenant: TenantID) { known.remove(tenant) }

    private func load(_ tenant: Tenant) async throws -> [HashKey] {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        var keys: [HashKey] = []
        for stored in try await tenant.database.rows(ListHashKeys()) {
            keys.append(
                HashKey(id: stored.id, bytes: KeyBytes(try await cells.open(stored.sealedKey, at: stored.cell))))
        }
        return keys
    }

    private func makeFirst(of tenant: Tenant) async throws {
        let add = try await first(of: tenant).statement
        _ = try await tenant.database.run([BoundStatement(LockHashKeys()), add])
    }

    /// A first key for a tenant that has none, and the statement that stores it.
    func first(of tenant: Tenant) async throws -> (key: HashKey, statement: BoundStatement) {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        let key = HashKey(id: .make(at: now()), bytes: KeyBytes(try Randomness.bytes(HMACSHA256.sizeBytes)))
        let sealed = try key.bytes.withExposedBytes { try cells.seal(Array($0), at: Cell(.hashKey, row: key.id)) }
        let add = AddFirstHashKey(key: StoredHashKey(id: key.id, sealedKey: sealed), at: now())
        return (key, BoundStatement(add))
    }
}

/// A key that API keys are hashed with.
struct HashKey: Sendable {
    let id: HashKeyID
    let bytes: KeyBytes

    /// HMAC-SHA-256 over the whole text of an API key.
    func hash(_ text: SecretText) -> KeyHash {
        KeyHash(key: id, bytes: text.bytes.withExposedBytes { HMACSHA256.authenticate($0, key: bytes) })
    }

    /// What a caller is known by, without telling who he is.
    func caller(_ parts: [String]) -> [UInt8] {
        HMACSHA256.authenticate(LengthPrefixed.encode((["caller"] + parts).map { Array($0.utf8) }), key: bytes)
    }
}

/// What is stored of an API key's text, and with which key it was made.
struct KeyHash: Sendable {
    let key: HashKeyID
    let bytes: [UInt8]
}
