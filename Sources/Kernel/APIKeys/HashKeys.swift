import Cryptography
package import Foundation
import PluginKit

/// What tenants' API keys are hashed with: random keys of each tenant, sealed under its data key, so that hashes outlast
/// every change of data keys. Kept opened for a while.
///
/// An API key is looked up under all hash keys that there are. A new one takes over only after ``grace``: by then no node
/// goes on with what it knew before, so none meets an API key that it cannot find.
package final class HashKeys: Sendable {
    /// How long after it was made a key that is not the only one hashes nothing: longer than any node goes on with what it
    /// knows, and ten minutes for clocks that differ.
    package static let grace: TimeInterval = KeyHierarchy.timeToLive + 600

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
            // They are as old as the question, however long the answer takes.
            let asked = now()
            var keys = try await load(tenant)
            if keys.isEmpty {
                try await makeFirst(of: tenant)
                keys = try await load(tenant)
            }
            known.store(keys, for: tenant.id, at: asked)
            return keys
        }
    }

    /// The key that hashes at this moment.
    func current(of tenant: Tenant) async throws -> HashKey {
        let keys = try await keys(of: tenant)
        guard let index = Self.inUse(keys.map(\.createdAt), at: now()) else { throw KeyringError.unknownKey }
        return keys[index]
    }

    /// Which of the keys that were made then, newest first, hashes: the newest one that every node knows of by now. While
    /// there is none, the oldest, since nobody knows less.
    static func inUse(_ madeAt: [Date], at now: Date) -> Int? {
        madeAt.firstIndex { now.timeIntervalSince($0) >= grace } ?? madeAt.indices.last
    }

    /// Forgets the keys of `tenant`, so that the next use looks again.
    func forget(_ tenant: TenantID) { known.remove(tenant) }

    private func load(_ tenant: Tenant) async throws -> [HashKey] {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        var keys: [HashKey] = []
        for stored in try await tenant.database.rows(ListHashKeys()) {
            let bytes = KeyBytes(try await cells.open(stored.sealedKey, at: stored.cell))
            keys.append(HashKey(id: stored.id, bytes: bytes, createdAt: stored.createdAt))
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
        let key = try HashKey.random(at: now())
        return (key, BoundStatement(AddFirstHashKey(key: try key.sealed(with: cells.keyring))))
    }
}

/// A key that API keys are hashed with.
struct HashKey: Sendable {
    let id: HashKeyID
    let bytes: KeyBytes
    let createdAt: Date

    static func random(at time: Date) throws -> HashKey {
        HashKey(id: .make(at: time), bytes: KeyBytes(try Randomness.bytes(HMACSHA256.sizeBytes)), createdAt: time)
    }

    func sealed(with keyring: TenantKeyring) throws -> StoredHashKey {
        let sealed = try bytes.withExposedBytes { try keyring.seal(Array($0), at: Cell(.hashKey, row: id)) }
        return StoredHashKey(id: id, sealedKey: sealed, createdAt: createdAt)
    }

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
