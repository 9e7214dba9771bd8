package import Foundation
import Metrics
package import PluginKit

/// Keys that were found good a moment ago: bounded, and believed only while nothing can have been announced unheard.
///
/// Kept under tenant, provider and the SHA-256 of the whole text. What is announced about a key, its owner or its tenant
/// is forgotten at once, whether or not it was the same before. A look-up that began before an announcement leaves
/// nothing behind: what it read may be what the announcement is about.
package final class VerifiedKeyCache: Sendable {
    /// An entry that nobody announced anything about is looked up again after this long.
    package static let lifetime: TimeInterval = 300
    /// What one entry takes at most, about: the record, its texts and its places in the indexes.
    static let bytesPerEntry = 1500

    private static let shardCount = 16

    private let shards: [CacheShard]
    private let entries = Gauge(label: "gatehouse_api_key_cache_entries")
    private let bytes = Gauge(label: "gatehouse_api_key_cache_bytes")
    private let keepsAny: Bool
    private let isTrusted: @Sendable () -> Bool

    /// - Parameters:
    ///   - capacity: how many keys are kept; none at all where it is zero.
    ///   - isTrusted: whether everything announced up to now has been heard. Asked at each use.
    package init(capacity: Int, isTrusted: @escaping @Sendable () -> Bool) {
        self.isTrusted = isTrusted
        let perShard = capacity / Self.shardCount
        keepsAny = perShard > 0
        shards = (0..<Self.shardCount).map { _ in CacheShard(capacity: perShard) }
        Gauge(label: "gatehouse_api_key_cache_capacity").record(perShard * Self.shardCount)
        recordCount()
    }

    /// The key under `place`, if it is known and may be believed.
    func value(at place: Place, now: Date) -> VerifiedKey? {
        guard keepsAny, isTrusted() else { return nil }
        return shard(of: place).withLock { $0.value(at: place, now: now) }
    }

    /// What to hand to ``store(_:at:since:now:)`` later; to be asked before anything is looked up.
    func beginLookUp(of place: Place) -> UInt64 { shard(of: place).withLock { $0.generation } }

    /// Keeps a key, unless something was announced since its look-up began.
    func store(_ key: VerifiedKey, at place: Place, since generation: UInt64, now: Date) {
        guard keepsAny, isTrusted() else { return }
        shard(of: place).withLock { shard in
            guard shard.generation == generation else { return }
            shard.store(key, at: place, now: now)
        }
        recordCount()
    }

    package func forget(_ key: KeyID, of tenant: TenantID) {
        forget(of: tenant) { $0.key == key }
    }

    package func forget(ownedBy owner: UserID, in tenant: TenantID) {
        forget(of: tenant) { $0.owner == owner }
    }

    package func forgetAll(of tenant: TenantID) {
        forget(of: tenant) { _ in true }
    }

    package func forgetAll() {
        for shard in shards { shard.withLock { $0.forgetAll() } }
        recordCount()
    }

    private func forget(of tenant: TenantID, where matches: (VerifiedKey) -> Bool) {
        for shard in shards { shard.withLock { $0.forget(of: tenant, where: matches) } }
        recordCount()
    }

    package var count: Int { shards.reduce(0) { $0 + $1.withLock { $0.count } } }

    private func shard(of place: Place) -> CacheShard { shards[Int(place.digest.0 % UInt64(Self.shardCount))] }

    private func recordCount() {
        let count = count
        entries.record(count)
        bytes.record(count * Self.bytesPerEntry)
    }

    /// Where a key is kept.
    struct Place: Hashable, Sendable {
        let tenant: TenantID
        let provider: ProviderName
        /// SHA-256 of the whole text, in four parts.
        let digest: (UInt64, UInt64, UInt64, UInt64)

        static func == (left: Place, right: Place) -> Bool {
            left.digest == right.digest && left.tenant == right.tenant && left.provider == right.provider
        }

        init(tenant: TenantID, provider: ProviderName, digest: [UInt8]) {
            func part(_ number: Int) -> UInt64 {
                digest[number * 8..<number * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
            }
            precondition(digest.count == 32)
            self.tenant = tenant
            self.provider = provider
            self.digest = (part(0), part(1), part(2), part(3))
        }

        // The digest alone tells places apart as well as any hash could.
        func hash(into hasher: inout Hasher) { hasher.combine(digest.1) }
    }
}
