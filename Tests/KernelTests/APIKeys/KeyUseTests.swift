import Cryptography
import DatabaseTesting
import Foundation
import Metrics
import MetricsTestKit
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Uses of keys")
struct KeyUseTests {
    @Test("are written down in batches, with who it was, for each secret")
    func batches() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] {
            #expect(try await tenant.refusal(of: issued.text, from: address) == nil)
        }
        #expect(try await tenant.stored(issued.key.id).secrets.first?.useCount == 0)
        await tenant.services.keyUses.flush()
        let key = try await tenant.stored(issued.key.id)
        #expect(key.secrets.first?.useCount == 3)
        #expect(key.secrets.first?.lastUsedAt == tenant.clock.now)
        #expect(key.secrets.first?.callerCount == 2)
        let callers = try await tenant.apiKeys.callers(of: key)
        #expect(Set(callers.map(\.address)) == ["192.0.2.1", "192.0.2.2"])
    }

    @Test("count each for their own secret and tenant, and are the last where they came later")
    func apart() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let node = try await other.served(by: tenant.services)
        let (ours, theirs) = (try await tenant.apiKey(), try await node.apiKey())
        let first = tenant.clock.now
        for _ in 0..<3 { #expect(try await tenant.refusal(of: ours.text) == nil) }
        #expect(try await node.refusal(of: theirs.text) == nil)
        await tenant.services.keyUses.flush()
        let before = try await other.rows()
        tenant.clock.advance(by: .seconds(5))
        #expect(try await tenant.refusal(of: ours.text) == nil)
        await tenant.services.keyUses.flush()
        #expect(try await other.rows() == before)
        let secret = try #require(try await tenant.stored(ours.key.id).secrets.first)
        #expect((secret.useCount, secret.lastUsedAt) == (4, first.addingTimeInterval(5)))
        #expect(try await node.stored(theirs.key.id).secrets.first?.useCount == 1)
    }

    @Test("are all counted where two nodes write them down at the same time")
    func twoNodes() async throws {
        let tenant = try await TestTenant.make()
        let nodes = try await inParallel(2) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        let keys = try await inParallel(30) { _ in try await tenant.apiKey() }
        for round in 1...5 {
            _ = try await inParallel(2) { number in
                for key in keys {
                    let refusal = try await nodes[number].refusal(of: key.text, from: "192.0.2.\(number)")
                    #expect(refusal == nil)
                }
            }
            _ = try await inParallel(2) { await nodes[$0].services.keyUses.flush() }
            for key in keys {
                let secret = try await tenant.stored(key.key.id).secrets.first
                #expect((secret?.useCount, secret?.callerCount) == (2 * round, 2))
            }
        }
    }

    @Test("keep at most so many callers of a secret, whoever writes them down, and are counted all the same")
    func callerCap() async throws {
        let tenant = try await TestTenant.make()
        let nodes = try await inParallel(2) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        let issued = try await tenant.apiKey()
        var uses = 0
        for round in 0..<9 {
            for (number, node) in nodes.enumerated() {
                for client in 0..<8 {
                    uses += 1
                    let address = "10.\(round).\(number).\(client)"
                    #expect(try await node.refusal(of: issued.text, from: address) == nil)
                }
            }
            _ = try await inParallel(2) { await nodes[$0].services.keyUses.flush() }
        }
        let secret = try #require(try await tenant.stored(issued.key.id).secrets.first)
        #expect((secret.useCount, secret.callerCount) == (uses, KeyUses.mostCallers))
        // One that is known stays up to date.
        tenant.clock.advance(by: .seconds(1))
        #expect(try await nodes[0].refusal(of: issued.text, from: "10.0.0.0") == nil)
        await nodes[0].services.keyUses.flush()
        let callers = try await tenant.apiKeys.callers(of: try await tenant.stored(issued.key.id), limit: 1)
        #expect(callers.map(\.address) == ["10.0.0.0"])
    }

    @Test("put a new caller in the place of the one that has been quiet for longest, once a secret has all it keeps")
    func latestCallers() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        func use(from address: String) async throws {
            #expect(try await tenant.refusal(of: issued.text, from: address) == nil)
            await tenant.services.keyUses.flush()
            tenant.clock.advance(by: .seconds(1))
        }
        for number in 0..<KeyUses.mostCallers { try await use(from: "10.0.0.\(number)") }
        try await use(from: "10.0.0.0")
        try await use(from: "192.0.2.1")
        let key = try await tenant.stored(issued.key.id)
        #expect(key.secrets.first?.callerCount == KeyUses.mostCallers)
        let addresses = try await tenant.apiKeys.callers(of: key, limit: 200).map(\.address)
        #expect(addresses.prefix(2) == ["192.0.2.1", "10.0.0.0"])
        #expect(!addresses.contains("10.0.0.1") && addresses.contains("10.0.0.2"))
    }

    @Test("know a program that does not say what it is from one that says nothing, and lose neither")
    func programs() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        for program in [nil, "", "curl/8.0"] {
            let origin = RequestOrigin(
                address: "192.0.2.1", network: "192.0.2.1", userAgent: program, requestID: "req_test")
            let presented = PresentedKey(text: issued.text, address: nil, origin: origin)
            #expect(try await tenant.services.keyVerifier.verify(presented, in: tenant.tenant).key != nil)
        }
        await tenant.services.keyUses.flush()
        let key = try await tenant.stored(issued.key.id)
        #expect((key.secrets.first?.useCount, key.secrets.first?.callerCount) == (3, 3))
        #expect(Set(try await tenant.apiKeys.callers(of: key).map(\.userAgent)) == [nil, "", "curl/8.0"])
    }

    @Test("are told to the microsecond, so that one right after a rotation counts as such", arguments: [0.0, 0.999_6])
    func precision(_ offset: Double) async throws {
        let tenant = try await TestTenant.make()
        tenant.clock.set(to: TestTenant.start.addingTimeInterval(offset))
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        let rotated = try await tenant.rotate(issued.key.id)
        #expect(try await tenant.keyRotations.rotation(rotated.rotation)?.progress.oldInUse == 0)
        tenant.clock.advance(by: .microseconds(3))
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        #expect(try await tenant.keyRotations.rotation(rotated.rotation)?.progress.oldInUse == 1)
        let used = "SELECT (last_used_at - replaced_at)::text FROM gatehouse.api_key_secrets WHERE id = '"
        #expect(try await tenant.database.value(used + "\(issued.secret.rawValue)'") == "00:00:00.000003")
    }

    @Test("that cannot be written down are logged and counted as lost, and hold up nothing")
    func outage() async throws {
        let (log, metrics) = (CapturedLog(), TestMetrics())
        try await withMetricsFactory(metrics) {
            let made = try await TestTenant.make()
            let tenant = try await made.served(by: try await made.anotherNode(), logger: log.logger)
            let broken = tenant.opened(as: tenant.tenant.failing(at: CountKeyUses.self))
            let issued = try await tenant.apiKey()
            for _ in 0..<3 { #expect(try await broken.refusal(of: issued.text) == nil) }
            await broken.services.keyUses.flush()
            #expect(log.lines.contains { $0.hasPrefix("warning uses of API keys were not written down") })
            #expect(try metrics.expectCounter("gatehouse_api_key_uses_lost_total").totalValue == 3)
            #expect(try await tenant.refusal(of: issued.text) == nil)
            await tenant.services.keyUses.flush()
            #expect(try await tenant.stored(issued.key.id).secrets.first?.useCount == 1)
        }
    }

    @Test("are counted of what was ended meanwhile, too")
    func ended() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: .hostOperator(.test())).get()
        #expect(try await tenant.refusal(of: issued.text) == .revoked)
        await tenant.services.keyUses.flush()
        #expect(try await tenant.stored(issued.key.id).secrets.first?.useCount == 1)
    }

    @Test("say nothing of who it was to whoever reads the database")
    func sealed() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text, from: "198.51.100.77") == nil)
        await tenant.services.keyUses.flush()
        let rows = try await tenant.rows().values.compactMap { $0 }.joined()
        for text in ["198.51.100.77", Hexadecimal.encode(Array("198.51.100.77".utf8))] {
            #expect(!rows.contains(text))
        }
    }
}
