import DatabaseTesting
import Foundation
import Metrics
import MetricsTestKit
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("What is due about API keys")
struct KeyDueTests {
    private let caller = Caller.hostOperator(.test())

    @Test("is told at half of an overlap and at nine tenths of it, once each, where the old secret is used still")
    func oldSecretInUse() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        _ = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        let told: [(at: Int, percents: [String])] = [
            (499, []), (500, ["50"]), (700, ["50"]), (899, ["50"]), (900, ["50", "90"]), (999, ["50", "90"]),
        ]
        let start = tenant.clock.now
        for (at, percents) in told {
            tenant.clock.set(to: start.addingTimeInterval(Double(at)))
            #expect(try await tenant.refusal(of: issued.text) == nil)
            await tenant.services.keyUses.flush()
            for _ in 0..<2 { try await tenant.ringKeyClock() }
            let events = try await tenant.events(.apiKeyOldSecretInUse)
            #expect(events.reversed().map { $0.details["overlap_percent"] } == percents, "\(at)")
            #expect(events.allSatisfy { $0.subject == issued.key.id.description })
            #expect(events.allSatisfy { $0.details["secret"] == issued.secret.description && $0.actor == "system" })
        }
    }

    @Test("is not told of an old secret that is quiet, until it is used again")
    func quietSecret() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        tenant.clock.advance(by: .seconds(500))
        #expect(try await tenant.refusal(of: rotated.text) == nil)
        await tenant.services.keyUses.flush()
        #expect(try await tenant.ringKeyClock() == 1)
        #expect(try await tenant.events(.apiKeyOldSecretInUse).isEmpty)
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        tenant.clock.advance(by: .seconds(400))
        #expect(try await tenant.ringKeyClock() == 1)
        #expect(try await tenant.events(.apiKeyOldSecretInUse).map { $0.details["overlap_percent"] } == ["90"])
    }

    @Test("is not told near the end of an old secret that went quiet in the first half")
    func goneQuiet() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        _ = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        tenant.clock.advance(by: .seconds(100))
        let lastUse = tenant.clock.now
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        for seconds in [400, 400] {
            tenant.clock.advance(by: .seconds(seconds))
            try await tenant.ringKeyClock()
        }
        let events = try await tenant.events(.apiKeyOldSecretInUse)
        #expect(events.map { $0.details["overlap_percent"] } == ["50"])
        #expect(events.first?.details["last_used_at"] == lastUse.ISO8601Format())
    }

    @Test("ends without a word what is open still of a key that is at its end")
    func ofDeadKey() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        try await tenant.database.affected(
            "UPDATE gatehouse.api_keys SET revoked_at = now(), revoked_because = 'leaked'")
        for _ in 0..<3 {
            tenant.clock.advance(by: .seconds(100 * 86_400))
            try await tenant.ringKeyClock()
        }
        #expect(try await tenant.stored(issued.key.id).secrets.map(\.endedBecause) == ["revoked"])
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.alarms") == 0)
        for type in [AuditEventType.apiKeyOverdue, .apiKeyExpired] {
            #expect(try await tenant.events(type).isEmpty)
        }
    }

    @Test("ends an overlap that is over, which is on record once")
    func overlapOver() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        tenant.clock.advance(by: .seconds(1000))
        for _ in 0..<2 { try await tenant.ringKeyClock() }
        #expect(try await tenant.events(.apiKeyRotationEnded).map(\.subject) == [issued.key.id.description])
        let key = try await tenant.stored(issued.key.id)
        #expect(key.secrets.map(\.endedBecause) == [nil, "overlap_over"])
        #expect(key.current?.id == rotated.secret)
    }

    @Test("tells of a key that is overdue, and at its end expires it")
    func overdueAndExpired() async throws {
        let tenant = try await TestTenant.make("api_keys: {max_age: 30d, warn_before: 10d}")
        let issued = try await tenant.apiKey()
        let start = tenant.clock.now
        let expected: [(days: Double, overdue: Int, expired: Int)] = [
            (19.99, 0, 0), (20, 1, 0), (25, 1, 0), (29.99, 1, 0), (30, 1, 1), (40, 1, 1),
        ]
        for (days, overdue, expired) in expected {
            tenant.clock.set(to: start.addingTimeInterval(days * 86_400))
            for _ in 0..<2 { try await tenant.ringKeyClock() }
            #expect(try await tenant.events(.apiKeyOverdue).count == overdue, "\(days)")
            #expect(try await tenant.events(.apiKeyExpired).count == expired, "\(days)")
            let list = try await APIKeys.overdue(in: tenant.database, at: tenant.clock.now, limit: 9)
            #expect(list.count == (days >= 20 && days < 30 ? 1 : 0))
        }
        let key = try await tenant.stored(issued.key.id)
        #expect((key.state(at: tenant.clock.now), key.revokedBecause) == (.expired, "expired"))
        #expect(key.secrets.map(\.endedBecause) == ["expired"])
    }

    @Test("is told of a key that is good for a short time not before half of it is over")
    func shortLived() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.apiKey(lifetimeSeconds: 1000)
        tenant.clock.advance(by: .seconds(499))
        try await tenant.ringKeyClock()
        #expect(try await tenant.events(.apiKeyOverdue).isEmpty)
        tenant.clock.advance(by: .seconds(1))
        try await tenant.ringKeyClock()
        #expect(try await tenant.events(.apiKeyOverdue).count == 1)
    }

    @Test("is nothing for a key that was rotated, revoked or deleted in time")
    func settled() async throws {
        let tenant = try await TestTenant.make()
        let keys = try await inParallel(3) { _ in try await tenant.apiKey() }
        tenant.clock.advance(by: .seconds(70 * 86_400))
        _ = try await tenant.rotate(keys[0].key.id, overlapSeconds: 0)
        _ = try await tenant.apiKeys.revoke(keys[1].key.id, because: nil, by: caller).get()
        _ = try await tenant.apiKeys.delete(keys[2].key.id, by: caller).get()
        tenant.clock.advance(by: .seconds(25 * 86_400))
        try await tenant.ringKeyClock()
        #expect(try await tenant.events(.apiKeyOverdue).isEmpty)
        #expect(try await tenant.events(.apiKeyExpired).isEmpty)
    }

    @Test("is done once, however many nodes are at it")
    func once() async throws {
        let tenant = try await TestTenant.make()
        let nodes = try await inParallel(4) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        for _ in 0..<5 { _ = try await tenant.apiKey() }
        tenant.clock.advance(by: .seconds(80 * 86_400))
        let done = try await inParallel(12) { try await nodes[$0 % 4].ringKeyClock() }
        try await tenant.ringKeyClock()
        #expect(done.reduce(0, +) == 5)
        #expect(try await tenant.events(.apiKeyOverdue).count == 5)
    }

    @Test("is all done in one go, however much there is")
    func manyBatches() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let count = 2 * KeyDues.batchSize + 7
        try await tenant.plantKeys(count, like: issued)
        tenant.clock.advance(by: .seconds(80 * 86_400))
        #expect(try await tenant.ringKeyClock() == count + 1)
        let events = "SELECT count(*) FROM gatehouse.audit_events WHERE type = 'api_key.overdue'"
        #expect(try await tenant.database.value(events) == "\(count + 1)")
        #expect(try await tenant.ringKeyClock() == 0)
    }

    @Test("waits for nobody: what somebody is changing is left for the next time")
    func busyKeys() async throws {
        let tenant = try await TestTenant.make()
        let (busy, idle) = (try await tenant.apiKey(), try await tenant.apiKey())
        tenant.clock.advance(by: .seconds(80 * 86_400))
        try await tenant.database.transaction { transaction in
            _ = try await transaction.first(LockAPIKey(id: busy.key.id))
            #expect(try await tenant.ringKeyClock() == 1)
        }
        #expect(try await tenant.events(.apiKeyOverdue).map(\.subject) == [idle.key.id.description])
        #expect(try await tenant.ringKeyClock() == 1)
        #expect(try await tenant.events(.apiKeyOverdue).count == 2)
    }

    @Test("stands in the way of nobody who rotates, and nobody who rotates in its way")
    func struggle() async throws {
        let tenant = try await TestTenant.make()
        let node = try await tenant.served(by: try await tenant.anotherNode())
        let keys = try await inParallel(6) { _ in try await tenant.apiKey() }
        for _ in 0..<5 {
            tenant.clock.advance(by: .seconds(80 * 86_400))
            _ = try await inParallel(12) { number in
                if number % 2 == 0 {
                    try await node.ringKeyClock()
                } else {
                    let key = keys[number / 2].key.id
                    _ = try await tenant.apiKeys.rotate(key, overlapSeconds: 100, by: caller).get()
                    #expect(try await tenant.refusal(of: keys[number / 2].text) != .unknown)
                }
            }
            tenant.clock.advance(by: .seconds(100))
            try await tenant.ringKeyClock()
        }
        for key in keys { #expect(try await tenant.stored(key.key.id).state(at: tenant.clock.now) == .active) }
    }

    @Test("is counted for the operator, tenant by tenant, up and down")
    func census() async throws {
        let metrics = TestMetrics()
        try await withMetricsFactory(metrics) {
            let tenant = try await TestTenant.make()
            let keys = try await inParallel(3) { _ in try await tenant.apiKey() }
            let gauge = { try metrics.expectGauge("gatehouse_api_keys_overdue", [("tenant", tenant.tenant.slug.text)]) }
            tenant.clock.advance(by: .seconds(80 * 86_400))
            try await tenant.ringKeyClock()
            #expect(try gauge().lastValue == 3)
            let other = try await tenant.served(by: try await tenant.anotherNode())
            _ = try await other.rotate(keys[0].key.id, overlapSeconds: 0)
            _ = try await other.apiKeys.revoke(keys[1].key.id, because: nil, by: caller).get()
            let census = tenant.services.keyCensus
            #expect(try gauge().lastValue == 3)
            try await census.count(tenant.tenant)
            #expect(try gauge().lastValue == 1)
            #expect(census.withOverdueKeys == [tenant.id])
            tenant.clock.advance(by: .seconds(10 * 86_400))
            try await tenant.ringKeyClock()
            #expect(try gauge().lastValue == 0)
            // From here on there is nothing to look at.
            #expect(census.withOverdueKeys.isEmpty)
        }
    }
}

extension TestTenant {
    /// Makes many keys by copying one, with secrets that nobody knows; its alarm is theirs.
    func plantKeys(_ count: Int, like issued: IssuedAPIKey) async throws {
        let (key, secret) = (issued.key.id.rawValue, issued.secret.rawValue)
        try await database.affected(
            """
            INSERT INTO gatehouse.api_keys
                (id, name, scopes, lifetime_seconds, allowed_networks, metadata, created_at, updated_at)
            SELECT md5('\(key)' || n)::uuid, 'planted', scopes, lifetime_seconds, allowed_networks, metadata,
                   created_at, updated_at
            FROM   gatehouse.api_keys, generate_series(1, \(count)) AS n
            WHERE  id = '\(key)'
            """)
        try await database.affected(
            """
            INSERT INTO gatehouse.api_key_secrets
                (id, key_id, hash, hash_key_id, created_at, expires_at, rotate_by, due_at)
            SELECT md5('\(secret)' || n)::uuid, md5('\(key)' || n)::uuid, sha256(convert_to('\(secret)' || n, 'UTF8')),
                   hash_key_id, created_at, expires_at, rotate_by, due_at
            FROM   gatehouse.api_key_secrets, generate_series(1, \(count)) AS n
            WHERE  id = '\(secret)'
            """)
    }
}
