import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("An API key with a limit")
struct KeyRateLimitTests {
    @Test("is good exactly so often, however many ask at once and on however many nodes")
    func parallel() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let other = try await tenant.served(by: try await tenant.anotherNode())
        let issued = try await tenant.apiKey(rateLimit: 10)
        for minute in 1...3 {
            let refusals = try await inParallel(60) { number in
                try await (number % 2 == 0 ? tenant : other).refusal(of: issued.text)
            }
            #expect(refusals.count { $0 == nil } == 10)
            #expect(refusals.count { $0 == .rateLimited(retryAfterSeconds: 6) } == 50)
            for node in [tenant, other] { await node.services.keyUses.flush() }
            // What was refused is no use.
            #expect(try await tenant.stored(issued.key.id).secrets.map(\.useCount) == [10 * minute])
            tenant.clock.advance(by: .seconds(60))
        }
    }

    @Test("gets back one use after another")
    func refill() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(rateLimit: 10)
        for _ in 0..<10 { #expect(try await tenant.refusal(of: issued.text) == nil) }
        for _ in 0..<3 {
            #expect(try await tenant.refusal(of: issued.text) == .rateLimited(retryAfterSeconds: 6))
            tenant.clock.advance(by: .milliseconds(5999))
            #expect(try await tenant.refusal(of: issued.text) == .rateLimited(retryAfterSeconds: 6))
            tenant.clock.advance(by: .milliseconds(1))
            #expect(try await tenant.refusal(of: issued.text) == nil)
        }
    }

    @Test("spends nothing of it on uses that are refused for another reason")
    func otherReasons() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(networks: ["10.0.0.0/8"], rateLimit: 2)
        for _ in 0..<5 {
            #expect(try await tenant.refusal(of: issued.text, from: "192.0.2.1") == .networkNotAllowed)
            #expect(
                try await tenant.refusal(of: issued.text, for: [.auditRead], from: "10.0.0.1") == .insufficientScope)
        }
        for expected in [nil, nil, KeyRefusal.rateLimited(retryAfterSeconds: 30)] {
            #expect(try await tenant.refusal(of: issued.text, from: "10.0.0.1") == expected)
        }
    }

    @Test("has one limit for all its secrets, and none together with another key or tenant")
    func shared() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (one, two) = (try await tenant.apiKey(rateLimit: 1), try await tenant.apiKey(rateLimit: 1))
        let theirs = try await other.apiKey(rateLimit: 1)
        let rotated = try await tenant.rotate(one.key.id)
        #expect(try await tenant.refusal(of: one.text) == nil)
        #expect(try await tenant.refusal(of: rotated.text) == .rateLimited(retryAfterSeconds: 60))
        #expect(try await tenant.refusal(of: two.text) == nil)
        #expect(try await other.refusal(of: theirs.text) == nil)
    }

    @Test("shares its tenant's limit with the other keys on all nodes, and takes nothing of it beyond its own")
    func tenantLimit() async throws {
        let tenant = try await TestTenant.make("api_keys: {rate_limit: 10}", remembersKeys: true)
        let (node, other) = (try await tenant.served(by: try await tenant.anotherNode()), try await TestTenant.make())
        let limited = try await tenant.apiKey(rateLimit: 2)
        let free = try await tenant.apiKey()
        for expected in [nil, nil, KeyRefusal.rateLimited(retryAfterSeconds: 30)] {
            #expect(try await tenant.refusal(of: limited.text) == expected)
        }
        let refusals = try await inParallel(30) { number in
            try await (number % 2 == 0 ? tenant : node).refusal(of: free.text)
        }
        #expect(refusals.count { $0 == nil } == 8)
        #expect(refusals.count { $0 == .rateLimited(retryAfterSeconds: 6) } == 22)
        #expect(try await other.refusal(of: try await other.apiKey().text) == nil)
    }

    @Test("has every whole number of uses a minute that it may have", arguments: [1, 7, 11, 59, 61, 997])
    func numbers(_ limit: Int) async throws {
        let tenant = try await TestTenant.make()
        let bucket = AttemptBucket(key: [UInt8](repeating: 1, count: 32), perMinute: limit)
        let reserve = ReserveAttempt(bucket: bucket, at: tenant.clock.now)
        let statements = [BoundStatement](repeating: BoundStatement(reserve), count: limit + 3)
        let granted = try await tenant.database.run(statements).count { !$0.rows.isEmpty }
        #expect(granted == limit)
    }
}
