import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A tenant's alarm for its API keys")
struct KeyAlarmTests {
    private let caller = Caller.hostOperator(.test())

    @Test("is set to what is due next, whatever happens, and to nothing where nothing is left")
    func next() async throws {
        let tenant = try await TestTenant.make()
        let start = tenant.clock.now
        #expect(try await tenant.alarm() == nil)
        let short = try await tenant.apiKey(lifetimeSeconds: 1000)
        #expect(try await tenant.alarm() == start.addingTimeInterval(500))
        let long = try await tenant.apiKey(lifetimeSeconds: 3000)
        #expect(try await tenant.alarm() == start.addingTimeInterval(500))
        _ = try await tenant.rotate(long.key.id, overlapSeconds: 100)
        #expect(try await tenant.alarm() == start.addingTimeInterval(50))
        for (seconds, next) in [(50, 90), (90, 100), (100, 500), (500, 1000), (1000, 1500), (1500, 3000)] {
            tenant.clock.set(to: start.addingTimeInterval(Double(seconds)))
            #expect(try await tenant.ringKeyClock() == 1, "\(seconds)")
            #expect(try await tenant.alarm() == start.addingTimeInterval(Double(next)), "\(seconds)")
        }
        #expect(try await tenant.refusal(of: short.text) == .expired)
        tenant.clock.set(to: start.addingTimeInterval(3000))
        #expect(try await tenant.ringKeyClock() == 1)
        #expect(try await tenant.alarm() == nil)
    }

    @Test("that goes off too early is put off, and nothing is told")
    func early() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(lifetimeSeconds: 1000)
        let due = tenant.clock.now.addingTimeInterval(500)
        try await tenant.database.affected(
            "UPDATE gatehouse.alarms SET at = '\(tenant.clock.now.ISO8601Format())'")
        #expect(try await tenant.ringKeyClock() == 0)
        #expect(try await tenant.alarm() == due)
        // So does that of a secret.
        try await tenant.database.affected("UPDATE gatehouse.api_key_secrets SET due_at = created_at")
        try await tenant.database.affected(
            "UPDATE gatehouse.alarms SET at = '\(tenant.clock.now.ISO8601Format())'")
        #expect(try await tenant.ringKeyClock() == 1)
        #expect(try await tenant.alarm() == due)
        #expect(try await tenant.events(.apiKeyOverdue).isEmpty)
        #expect(try await tenant.refusal(of: issued.text) == nil)
    }

    @Test("of a key that ended goes off once more, and is gone then")
    func ended() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(lifetimeSeconds: 1000)
        _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: caller).get()
        tenant.clock.advance(by: .seconds(500))
        #expect(try await tenant.ringKeyClock() == 0)
        #expect(try await tenant.alarm() == nil)
    }

    @Test("that has not gone off lets nothing be done")
    func silent() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.apiKey(lifetimeSeconds: 1000)
        tenant.clock.advance(by: .milliseconds(499_999))
        #expect(try await tenant.ringKeyClock() == 0)
        #expect(try await tenant.events(.apiKeyOverdue).isEmpty)
    }

    @Test("is not lost where keys are made while it goes off")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        for round in 0..<10 {
            _ = try await tenant.apiKey(lifetimeSeconds: 1000)
            tenant.clock.advance(by: .seconds(1000))
            _ = try await inParallel(6) { number in
                if number % 3 == 0 {
                    try await tenant.ringKeyClock()
                } else {
                    _ = try await tenant.apiKey(lifetimeSeconds: 10_000 + round)
                }
            }
            let next = try await tenant.database.value(
                "SELECT extract(epoch FROM min(due_at)) FROM gatehouse.api_key_secrets")
            let alarm = try await tenant.database.value("SELECT extract(epoch FROM at) FROM gatehouse.alarms")
            let (due, at) = (try #require(next.flatMap(Double.init)), try #require(alarm.flatMap(Double.init)))
            #expect(at <= due)
        }
    }

    @Test("is found among those of many other tenants, page by page, the longest waiting first")
    func paging() async throws {
        let database = try await TestDatabase.shared
        let count = 430
        let records = TenantRecords(database: database.platform, now: { TestTenant.start })
        let made = try await records.register((0..<count).map { (slug: "alarm-\(unique())-\($0)", name: "A test") })
        let expected = made.map(\.id)
        // Long ago, and several at the same time, so that pages end between equals.
        let values = expected.enumerated().map { number, id in
            "('\(id.rawValue)', timestamptz '2001-01-01' + \(number / 7) * interval '1 second')"
        }
        let (insert, delete) = (
            "INSERT INTO gatehouse.alarms (tenant_id, kind, at) SELECT a::uuid, 'api_keys', b FROM (VALUES \(values.joined(separator: ", "))) AS v (a, b)",
            "DELETE FROM gatehouse.alarms WHERE at < '2002-01-01'"
        )
        #expect(try await database.administrator.affected(insert) == count)
        var seen: [TenantID] = []
        try await TenantAlarms(database: database.maintenance).forEach { seen.append($0) }
        try await database.administrator.affected(delete)
        let ours = seen.filter(Set(expected).contains)
        #expect(ours.count == count)
        #expect(Set(ours) == Set(expected))
        let groups = Dictionary(uniqueKeysWithValues: expected.enumerated().map { ($1, $0 / 7) })
        #expect(ours.compactMap { groups[$0] } == ours.compactMap { groups[$0] }.sorted())
    }
}

extension TestTenant {
    /// When the tenant's alarm goes off.
    fileprivate func alarm() async throws -> Date? {
        let seconds = try await database.value("SELECT extract(epoch FROM at) FROM gatehouse.alarms")
        return seconds.flatMap(Double.init).map(Date.init(timeIntervalSince1970:))
    }
}
