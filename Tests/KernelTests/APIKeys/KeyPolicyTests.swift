import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Another policy for API keys")
struct KeyPolicyTests {
    private let day = 86_400.0

    @Test("moves the dates of the secrets there are, sets the alarm, and makes overdue what it makes overdue")
    func shorter() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let made = tenant.clock.now
        #expect(issued.key.current?.rotateBy == made.addingTimeInterval(76 * day))
        tenant.clock.advance(by: .seconds(30 * day))
        try await tenant.ringKeyClock()
        let stricter = try await tenant.reopened("api_keys: {max_age: 30d, warn_before: 10d}")
        let secret = try await stricter.stored(issued.key.id).current
        #expect(secret?.rotateBy == made.addingTimeInterval(20 * day))
        // Programs that use it do not break: it is overdue, and ends when it was to end.
        #expect(secret?.expiresAt == issued.key.current?.expiresAt)
        #expect(try await stricter.ringKeyClock() == 1)
        #expect(try await stricter.events(.apiKeyOverdue).count == 1)
        #expect(try await stricter.refusal(of: issued.text) == nil)

        let lenient = try await stricter.reopened("api_keys: {max_age: 90d, warn_before: 14d}")
        #expect(try await lenient.stored(issued.key.id).current?.rotateBy == made.addingTimeInterval(76 * day))
        #expect(try await APIKeys.overdue(in: tenant.database, at: tenant.clock.now, limit: 9).isEmpty)
        tenant.clock.set(to: made.addingTimeInterval(76 * day))
        #expect(try await lenient.ringKeyClock() == 1)
        #expect(try await lenient.events(.apiKeyOverdue).count == 2)
    }

    @Test("moves all of them, batch by batch")
    func batches() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        try await tenant.plantKeys(4500, like: issued)
        _ = try await tenant.reopened("api_keys: {max_age: 30d, warn_before: 10d}")
        let moved = tenant.clock.now.addingTimeInterval(20 * day).timeIntervalSince1970
        let count = try await tenant.database.value(
            """
            SELECT count(*)
            FROM   gatehouse.api_key_secrets
            WHERE  rotate_by = to_timestamp(\(Int(moved)))
            AND    due_at = rotate_by
            """)
        #expect(count == "4501")
        #expect(try await tenant.ringKeyClock() == 0)
        let alarm = "SELECT extract(epoch FROM at)::bigint FROM gatehouse.alarms"
        #expect(try await tenant.database.value(alarm) == "\(Int(moved))")
    }

    @Test("leaves an overlap as it is, and what ended")
    func overlapping() async throws {
        let tenant = try await TestTenant.make()
        let (issued, ended) = (try await tenant.apiKey(), try await tenant.apiKey())
        _ = try await tenant.apiKeys.revoke(ended.key.id, because: nil, by: .hostOperator(.test())).get()
        _ = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        let stricter = try await tenant.reopened("api_keys: {max_age: 30d}")
        tenant.clock.advance(by: .seconds(500))
        #expect(try await stricter.ringKeyClock() == 1)
        tenant.clock.advance(by: .seconds(400))
        #expect(try await stricter.ringKeyClock() == 1)
        tenant.clock.advance(by: .seconds(100))
        #expect(try await stricter.ringKeyClock() == 1)
        #expect(try await stricter.events(.apiKeyRotationEnded).count == 1)
        let due = "SELECT count(*) FROM gatehouse.api_key_secrets WHERE due_at IS NOT NULL"
        #expect(try await tenant.database.value(due) == "1")
    }

    @Test("that is the same moves nothing and tells nothing again, whatever parts of a microsecond the clock has")
    func same() async throws {
        let tenant = try await TestTenant.make()
        for part in 0..<40 {
            tenant.clock.set(to: TestTenant.start.addingTimeInterval(Double(part) + Double(part) * 0.000_000_27))
            _ = try await tenant.apiKey(lifetimeSeconds: 1001)
        }
        tenant.clock.advance(by: .seconds(600))
        #expect(try await tenant.ringKeyClock() == 40)
        let before = try await tenant.rows()["api_key_secrets"]
        let reopened = try await tenant.reopened("api_keys: {}")
        #expect(try await tenant.rows()["api_key_secrets"] == before)
        #expect(try await reopened.ringKeyClock() == 0)
        #expect(try await tenant.events(.apiKeyOverdue).count == 40)
        let counter = CountingDatabase(tenant.database)
        let policy = try #require(tenant.tenant.keys?.authenticator.policy)
        let trips = try await counter.roundTrips {
            try await KeyAges(policy).bringInForce(in: counter, at: tenant.clock.now)
        }
        #expect(trips == [[FindKeyPolicy.sql]])
    }

    @Test("is noted for no tenant that has no keys")
    func noKeys() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.reopened("api_keys: {max_age: 30d}")
        for table in ["api_key_policies", "alarms"] {
            #expect(try await tenant.database.affected("SELECT FROM gatehouse.\(table)") == 0)
        }
    }

    @Test("makes a node forget what it found good under the one before")
    func remembered() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        #expect(tenant.services.keyCache.count == 1)
        _ = try await tenant.reopened("api_keys: {prefix: other}")
        #expect(tenant.services.keyCache.count == 0)
    }
}
