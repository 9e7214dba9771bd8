import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A new hash key of API keys")
struct HashKeyRotationTests {
    @Test("hashes new secrets when every node knows it, and not before")
    func grace() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.apiKey()
        // It looks just before the rotation, and goes on with that for as long as any node.
        let stale = try await tenant.served(by: try await tenant.anotherNode())
        tenant.clock.advance(by: .seconds(1))
        #expect(try await stale.refusal(of: old.text) == nil)
        let rotatedAt = tenant.clock.now
        let outcome = try await tenant.hashKeyRotation.rotate()
        let new = try #require(outcome.status.newest?.id)
        #expect(outcome.hasNewKey)
        #expect(outcome.status.takesOverAt == rotatedAt.addingTimeInterval(HashKeys.grace))
        #expect(try await tenant.states() == [.next, .active])
        let fresh = try await tenant.served(by: try await tenant.anotherNode())
        var known = [old]
        for seconds in [0, 1, KeyHierarchy.timeToLive - 2, HashKeys.grace - KeyHierarchy.timeToLive, 1] {
            tenant.clock.advance(by: .seconds(seconds))
            let isInUse = tenant.clock.now.timeIntervalSince(rotatedAt) >= HashKeys.grace
            for maker in [tenant, stale, fresh] {
                let issued = try await maker.apiKey()
                #expect((try await tenant.hashKey(of: issued.secret) == new) == isInUse)
                known.append(issued)
            }
            let latest = try await tenant.served(by: try await tenant.anotherNode())
            for node in [tenant, stale, fresh, latest] {
                for issued in known { #expect(try await node.refusal(of: issued.text) == nil) }
            }
        }
        #expect(try await tenant.states() == [.active, .retired])
        #expect(try await tenant.hashKeyRotation.status().takesOverAt == nil)
    }

    @Test("is taken up by API keys as they are rotated, whose old secrets stay good as long as they are")
    func rotated() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let new = try #require(try await tenant.turnHashKey().newest?.id)
        let rotated = try await tenant.rotate(issued.key.id)
        #expect(try await tenant.hashKey(of: rotated.secret) == new)
        #expect(try await tenant.hashKey(of: issued.secret) != new)
        let status = try await tenant.hashKeyRotation.status()
        #expect((status.onOlder.secrets, status.onOlder.openSecrets) == (1, 1))
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        _ = try await tenant.apiKeys.finishRotation(of: issued.key.id, by: .hostOperator(.test())).get()
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
        let finished = try await tenant.hashKeyRotation.status()
        #expect((finished.onOlder.secrets, finished.onOlder.openSecrets) == (1, 0))
    }

    @Test("is recorded, and not made again while it is not in use")
    func again() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.apiKey()
        tenant.clock.advance(by: .seconds(1))
        let first = try await tenant.hashKeyRotation.rotate()
        for seconds in [0, HashKeys.grace - 1] {
            tenant.clock.advance(by: .seconds(seconds))
            let again = try await tenant.hashKeyRotation.rotate()
            #expect(!again.hasNewKey)
            #expect(again.status.keys.map(\.id) == first.status.keys.map(\.id))
        }
        let event = try #require(try await tenant.events(.hashKeyRotated).first)
        #expect((event.outcome, event.subject) == ("success", first.status.newest?.id.description))
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.hashKeyRotation.rotate().hasNewKey)
        #expect(try await tenant.events(.hashKeyRotated).count == 2)
        #expect(try await tenant.states() == [.next, .active, .retired])
    }

    @Test("is one, however many ask for it at once")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.apiKey()
        let nodes = try await inParallel(4) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        for round in 1...2 {
            tenant.clock.advance(by: .seconds(1))
            let outcomes = try await inParallel(12) { try await nodes[$0 % 4].hashKeyRotation.rotate() }
            #expect(outcomes.filter(\.hasNewKey).count == 1)
            #expect(try await tenant.events(.hashKeyRotated).count == round)
            tenant.clock.advance(by: .seconds(HashKeys.grace))
            _ = try await tenant.apiKey()
        }
        #expect(try await tenant.states() == [.active, .retired, .retired])
    }

    @Test("is the first, and in use at once, at a tenant that has none")
    func first() async throws {
        let tenant = try await TestTenant.make()
        let outcome = try await tenant.hashKeyRotation.rotate()
        #expect(outcome.hasNewKey)
        #expect(outcome.status.takesOverAt == nil)
        let issued = try await tenant.apiKey()
        #expect(try await tenant.hashKey(of: issued.secret) == outcome.status.newest?.id)
        #expect(try await tenant.states() == [.active])
    }

    @Test("is the newest also where the clock of whoever makes it is behind")
    func clockBehind() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.apiKey()
        let now = tenant.clock.now
        let outcome = try await tenant.hashKeyRotation(in: tenant.database) { now.addingTimeInterval(-5000) }.rotate()
        #expect(outcome.hasNewKey)
        let status = try await tenant.hashKeyRotation.status()
        #expect(status.keys.last?.id == (try await tenant.hashKey(of: old.secret)))
        #expect(status.states.map(\.state) == [.next, .active])
        #expect(status.keys[0].createdAt > status.keys[1].createdAt)
    }

    @Test("is not made where what it is to be recorded by fails")
    func cutOff() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.apiKey()
        for statement in [LockHashKeys.sql, AddNextHashKey.sql, RecordAuditEvent.sql] {
            let failing = FailingDatabase(database: tenant.database, statement: statement)
            await #expect(throws: DatabaseError.unavailable) {
                _ = try await tenant.hashKeyRotation(in: failing).rotate()
            }
            #expect(try await tenant.states() == [.active])
        }
        #expect(try await tenant.hashKeyRotation.rotate().hasNewKey)
    }

    @Test("is not made beside so many that looking up keys would be slow")
    func tooMany() async throws {
        let tenant = try await TestTenant.make()
        for _ in 1..<HashKeyRotation.mostKeys {
            _ = try await tenant.apiKey()
            try await tenant.turnHashKey()
        }
        let outcome = try await tenant.hashKeyRotation.rotate()
        #expect((outcome.hasNewKey, outcome.status.keys.count) == (false, HashKeyRotation.mostKeys))
        #expect(outcome.status.takesOverAt == nil)
    }

    @Test("changes nothing of another tenant, nor does the end of an old one")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        for one in [tenant, other] {
            _ = try await one.hashKeyRotation.rotate()
            try await one.turnHashKey()
            one.clock.advance(by: .seconds(HashKeyRotation.retirement))
        }
        let before = try await other.rows()
        _ = try await tenant.hashKeyRotation.rotate()
        #expect(try await tenant.events(.hashKeyDestroyed).count == 1)
        #expect(try await other.rows() == before)
        #expect(try await other.states() == [.active, .retired])
        #expect(try await other.hashKeyRotation.destroyOldKeys().count == 1)
    }

    @Test("does not make a caller of a secret two, and counts those of new secrets as well")
    func callers() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.apiKey()
        try await tenant.use(old.text, from: ["192.0.2.1", "192.0.2.2"])
        #expect(try await tenant.callerCounts(of: old.key.id) == [2])
        for _ in 0..<2 {
            tenant.clock.advance(by: .seconds(1))
            #expect(try await tenant.hashKeyRotation.rotate().hasNewKey)
            try await tenant.use(old.text, from: ["192.0.2.1"])
            tenant.clock.advance(by: .seconds(HashKeys.grace))
            try await tenant.use(old.text, from: ["192.0.2.2"])
            let fresh = try await tenant.served(by: try await tenant.anotherNode())
            try await fresh.use(old.text, from: ["192.0.2.1", "192.0.2.2"])
            #expect(try await tenant.callerCounts(of: old.key.id) == [2])
        }
        let new = try await tenant.apiKey()
        for _ in 0..<2 { try await tenant.use(new.text, from: ["192.0.2.1", "192.0.2.3", "192.0.2.4"]) }
        #expect(try await tenant.callerCounts(of: new.key.id) == [3])
        #expect(try await tenant.stored(old.key.id).secrets.first?.useCount == 10)
    }
}

extension TestTenant {
    /// The states of all hash keys, the newest first.
    func states() async throws -> [HashKeyStatus.State] {
        try await hashKeyRotation.status().states.map(\.state)
    }

    /// Gives the tenant a new hash key, and lets it take over.
    @discardableResult
    func turnHashKey() async throws -> HashKeyStatus {
        clock.advance(by: .seconds(1))
        guard try await hashKeyRotation.rotate().hasNewKey else { throw Refusal.notFound }
        clock.advance(by: .seconds(HashKeys.grace))
        return try await hashKeyRotation.status()
    }

    /// What a secret was hashed with.
    func hashKey(of secret: KeySecretID) async throws -> HashKeyID? {
        let text = try await database.value(
            "SELECT hash_key_id::text FROM gatehouse.api_key_secrets WHERE id = '\(secret.rawValue)'")
        return text.flatMap(UUID.init).map(HashKeyID.init(rawValue:))
    }

    /// Uses a key once from each address, and has that written down.
    fileprivate func use(_ text: SecretText, from addresses: [String]) async throws {
        for address in addresses { #expect(try await refusal(of: text, from: address) == nil) }
        await services.keyUses.flush()
    }

    /// How many callers each secret of a key has.
    fileprivate func callerCounts(of key: KeyID) async throws -> [Int] {
        try await stored(key).secrets.map(\.callerCount)
    }
}
