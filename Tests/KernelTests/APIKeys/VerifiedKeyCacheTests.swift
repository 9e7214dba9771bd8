import Cryptography
import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("The cache of verified API keys")
struct VerifiedKeyCacheTests {
    private let anna = TenantID.make(at: TestKey.start)
    private let bert = TenantID.make(at: TestKey.start)

    @Test("is bounded, however many keys there are")
    func bounded() {
        let cache = VerifiedKeyCache(capacity: 160, isTrusted: { true })
        for _ in 0..<5000 { cache.keep(TestKey(of: anna)) }
        #expect(cache.count == 160)
        cache.forgetAll()
        #expect(cache.count == 0)
        for _ in 0..<5000 { cache.keep(TestKey(of: bert)) }
        #expect(cache.count == 160)
    }

    @Test("keeps nothing without any capacity")
    func off() {
        let cache = VerifiedKeyCache(capacity: 0, isTrusted: { true })
        let key = TestKey(of: anna)
        cache.keep(key)
        #expect(cache.count == 0)
        #expect(cache.value(of: key) == nil)
    }

    @Test("gives a second chance to what is used, and drops what is not")
    func secondChance() {
        let shard = CacheShard(capacity: 3)
        let keys = (0..<6).map { _ in TestKey(of: anna) }
        for key in keys[0..<3] { shard.keep(key) }
        for key in [keys[0], keys[2]] { #expect(shard.value(of: key) != nil) }
        shard.keep(keys[3])
        #expect(keys.map { shard.holds($0) } == [true, false, true, true, false, false])
        // Whoever was passed over once is next.
        shard.keep(keys[4])
        #expect(keys.map { shard.holds($0) } == [false, false, true, true, true, false])
        shard.keep(keys[5])
        #expect(keys.map { shard.holds($0) } == [false, false, true, false, true, true])
    }

    @Test("forgets a key with all its secrets, and no other")
    func forgetKey() {
        let cache = VerifiedKeyCache(capacity: 1600, isTrusted: { true })
        let key = KeyID.make(at: TestKey.start)
        let (old, new) = (TestKey(of: anna, key: key), TestKey(of: anna, key: key))
        let (other, same) = (TestKey(of: anna), TestKey(of: bert, key: key))
        for one in [old, new, other, same] { cache.keep(one) }
        cache.forget(key, of: anna)
        #expect([old, new, other, same].map { cache.value(of: $0) != nil } == [false, false, true, true])
    }

    @Test("forgets the keys of an owner, of a tenant, or all")
    func forgetMany() {
        let owner = UserID.make(at: TestKey.start)
        let keys = [
            TestKey(of: anna, owner: owner), TestKey(of: anna, owner: owner), TestKey(of: anna),
            TestKey(of: bert, owner: owner), TestKey(of: bert),
        ]
        let cases: [(KeyAnnouncement?, [Bool])] = [
            (.owner(owner, anna), [false, false, true, true, true]),
            (.tenant(anna), [false, false, false, true, true]),
            (.key(keys[2].verified.key, anna), [true, true, false, true, true]),
            (nil, [false, false, false, false, false]),
        ]
        for (announcement, left) in cases {
            let cache = VerifiedKeyCache(capacity: 1600, isTrusted: { true })
            for key in keys { cache.keep(key) }
            if let announcement { cache.forget(announcement) } else { cache.forgetAll() }
            #expect(keys.map { cache.value(of: $0) != nil } == left)
            #expect(cache.count == left.count { $0 })
        }
    }

    @Test("keeps nothing of a look-up that began before an announcement, whatever that was about")
    func fence() {
        let cache = VerifiedKeyCache(capacity: 1600, isTrusted: { true })
        let key = TestKey(of: anna, owner: .make(at: TestKey.start))
        let announcements: [() -> Void] = [
            { cache.forget(key.verified.key, of: anna) }, { cache.forget(ownedBy: .make(at: TestKey.start), in: anna) },
            { cache.forgetAll(of: bert) }, { cache.forgetAll() },
        ]
        for announce in announcements {
            let generation = cache.beginLookUp(of: key.place)
            announce()
            cache.store(key.verified, at: key.place, since: generation, now: TestKey.start)
            #expect(cache.value(of: key) == nil)
        }
        cache.keep(key)
        #expect(cache.value(of: key) === key.verified)
    }

    @Test("is neither read nor written while it is not trusted")
    func trust() {
        let isTrusted = Mutex(true)
        let cache = VerifiedKeyCache(capacity: 1600) { isTrusted.withLock { $0 } }
        let (known, late) = (TestKey(of: anna), TestKey(of: anna))
        cache.keep(known)
        isTrusted.withLock { $0 = false }
        #expect(cache.value(of: known) == nil)
        cache.keep(late)
        isTrusted.withLock { $0 = true }
        #expect(cache.value(of: late) == nil)
        #expect(cache.value(of: known) != nil)
    }

    @Test("believes an entry for a while only, and never one from the future")
    func lifetime() {
        let cache = VerifiedKeyCache(capacity: 1600, isTrusted: { true })
        let key = TestKey(of: anna)
        cache.keep(key)
        let end = TestKey.start.addingTimeInterval(VerifiedKeyCache.lifetime)
        #expect(cache.value(at: key.place, now: end.addingTimeInterval(-0.001)) != nil)
        #expect(cache.value(at: key.place, now: end) == nil)
        #expect(cache.count == 0)
        cache.keep(key)
        #expect(cache.value(at: key.place, now: TestKey.start.addingTimeInterval(-1)) == nil)
    }

    @Test("tells keys apart by tenant, provider and every byte of the text")
    func places() {
        let cache = VerifiedKeyCache(capacity: 1600, isTrusted: { true })
        let key = TestKey(of: anna)
        cache.keep(key)
        var places = [VerifiedKeyCache.Place(tenant: bert, provider: TestKey.provider, digest: key.digest)]
        places.append(VerifiedKeyCache.Place(tenant: anna, provider: "other", digest: key.digest))
        for index in key.digest.indices {
            var digest = key.digest
            digest[index] ^= 1
            places.append(VerifiedKeyCache.Place(tenant: anna, provider: TestKey.provider, digest: digest))
        }
        for place in places { #expect(cache.value(at: place, now: TestKey.start) == nil) }
        #expect(cache.value(of: key) != nil)
    }

    @Test("stays whole under many who store, read and forget at once")
    func concurrent() async throws {
        let cache = VerifiedKeyCache(capacity: 320, isTrusted: { true })
        let owners = (0..<4).map { _ in UserID.make(at: TestKey.start) }
        let keys = (0..<1000).map { TestKey(of: $0 % 2 == 0 ? anna : bert, owner: owners[$0 % 4]) }
        _ = try await inParallel(8) { worker in
            for round in 0..<4000 {
                let key = keys[(round &* 31 &+ worker &* 977) % keys.count]
                if let found = cache.value(of: key) { #expect(found === key.verified) } else { cache.keep(key) }
                if round % 97 == 0 { cache.forget(key.verified.key, of: key.verified.tenant) }
                if round % 499 == 0 { cache.forget(ownedBy: owners[worker % 4], in: anna) }
                if round % 997 == 0 { cache.forgetAll(of: bert) }
                if worker == 0, round % 1999 == 0 { cache.forgetAll() }
            }
        }
        #expect(cache.count <= 320)
        for key in keys { cache.forget(key.verified.key, of: key.verified.tenant) }
        #expect(cache.count == 0)
    }
}

/// A key that was found good, and where it is kept.
struct TestKey: Sendable {
    static let start = Date(timeIntervalSince1970: 4_000_000_000)
    static let provider: ProviderName = "api_keys"

    let digest: [UInt8]
    let place: VerifiedKeyCache.Place
    let verified: VerifiedKey

    init(of tenant: TenantID, key: KeyID = .make(at: start), owner: UserID? = nil) {
        digest = SHA256Digest.of(Array(UUID().uuidString.utf8))
        place = VerifiedKeyCache.Place(tenant: tenant, provider: Self.provider, digest: digest)
        let columns: [SQLValue] = [.id(owner), .bool(owner == nil ? nil : true), .texts(["admin"]), .texts([])]
        var row = RowReader(columns: columns)
        do {
            let found = FoundKey(
                key: key, secret: .make(at: Self.start), name: "k", scopes: [.usersRead], allowedNetworks: [],
                rateLimit: nil, metadata: [:], expiresAt: .distantFuture, retiresAt: nil, endedBecause: nil,
                isRevoked: false, owner: try KeyOwner(reading: &row))
            verified = try VerifiedKey(
                found, hashedWith: .make(at: Self.start), of: tenant, at: Self.start)
        } catch {
            preconditionFailure("a key that is good: \(error)")
        }
    }
}

extension VerifiedKeyCache {
    fileprivate func keep(_ key: TestKey) {
        store(key.verified, at: key.place, since: beginLookUp(of: key.place), now: TestKey.start)
    }

    fileprivate func value(of key: TestKey) -> VerifiedKey? { value(at: key.place, now: TestKey.start) }
}

extension CacheShard {
    fileprivate func keep(_ key: TestKey) { withLock { $0.store(key.verified, at: key.place, now: TestKey.start) } }

    fileprivate func value(of key: TestKey) -> VerifiedKey? {
        withLock { $0.value(at: key.place, now: TestKey.start) }
    }

    /// Whether a key is kept, without counting as a use of it.
    fileprivate func holds(_ key: TestKey) -> Bool {
        withLock { state in
            var copy = state
            return copy.value(at: key.place, now: TestKey.start) != nil
        }
    }
}
