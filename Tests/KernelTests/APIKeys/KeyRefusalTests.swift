import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("An API key that is not good")
struct KeyRefusalTests {
    @Test("is refused for its own reason, before and after the node remembers it", arguments: RefusedKey.all)
    func reasons(_ refused: RefusedKey) async throws {
        for remembers in [false, true] {
            let tenant = try await TestTenant.make(remembersKeys: remembers)
            let issued = try await tenant.apiKey(by: try await tenant.keeper())
            #expect(try await tenant.refusal(of: issued.text) == nil)
            let text = try await refused.prepare(tenant, issued)
            for _ in 0..<2 { #expect(try await tenant.refusal(of: text) == refused.reason) }
        }
    }

    @Test("is named where it was found, so that the log tells whose it is, and the text is in no line of it")
    func named() async throws {
        let log = CapturedLog()
        let made = try await TestTenant.make()
        let tenant = try await made.served(by: made.services, logger: log.logger)
        let issued = try await tenant.apiKey()
        guard case .refused(.insufficientScope, let key) = try await tenant.verify(issued.text, for: [.auditRead])
        else {
            Issue.record("it is good")
            return
        }
        #expect(key == issued.key.id)
        let line = try #require(log.lines.last)
        #expect(line.contains("reason=insufficient_scope") && line.contains("key=\(issued.key.id)"))
        #expect(!log.lines.contains { $0.contains(issued.text.text) })
    }

    @Test("expires at its very moment, and not before it", arguments: [false, true])
    func expiry(_ remembers: Bool) async throws {
        let tenant = try await TestTenant.make(remembersKeys: remembers)
        let issued = try await tenant.apiKey(lifetimeSeconds: 100)
        let end = tenant.clock.now.addingTimeInterval(100)
        tenant.clock.set(to: end.addingTimeInterval(-0.001))
        #expect(try await tenant.refusal(of: issued.text) == nil)
        tenant.clock.set(to: end)
        #expect(try await tenant.refusal(of: issued.text) == .expired)
    }

    @Test("is replaced when the overlap is over, at its very moment, and not before it", arguments: [false, true])
    func overlap(_ remembers: Bool) async throws {
        let tenant = try await TestTenant.make(remembersKeys: remembers)
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 100)
        let end = tenant.clock.now.addingTimeInterval(100)
        tenant.clock.set(to: end.addingTimeInterval(-0.001))
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        tenant.clock.set(to: end)
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
    }

    @Test("is used from where it may be, whichever way the address is written")
    func networks() async throws {
        for remembers in [false, true] {
            let tenant = try await TestTenant.make(remembersKeys: remembers)
            let issued = try await tenant.apiKey(networks: ["10.0.0.0/8", "2001:db8::/32", "198.51.100.7"])
            for address in ["10.255.0.1", "::ffff:10.0.0.1", "2001:db8:1::1", "198.51.100.7"] {
                #expect(try await tenant.refusal(of: issued.text, from: address) == nil, "\(address)")
            }
            for address in ["11.0.0.1", "::ffff:11.0.0.1", "2001:db9::1", "198.51.100.8", "::10.0.0.1", nil] {
                let refusal = try await tenant.refusal(of: issued.text, from: address)
                #expect(refusal == .networkNotAllowed, "\(address ?? "unknown")")
            }
            let anywhere = try await tenant.apiKey()
            #expect(try await tenant.refusal(of: anywhere.text, from: nil) == nil)
        }
    }

    @Test("is not open to everybody because its networks cannot be read")
    func damagedNetworks() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        try await tenant.database.affected("UPDATE gatehouse.api_keys SET allowed_networks = '{10.0.0.0/33}'")
        #expect(try await tenant.refusal(of: issued.text, from: "10.0.0.1") == .networkNotAllowed)
    }

    @Test("is not good where the database cannot be asked", arguments: [false, true])
    func outage(_ isLimited: Bool) async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(rateLimit: isLimited ? 5 : nil)
        let statement = isLimited ? ReserveAttempt.sql : FindKeyByHash.sql
        let broken = tenant.opened(as: tenant.tenant.failing(at: statement))
        await #expect(throws: DatabaseError.unavailable) { try await broken.verify(issued.text) }
        await tenant.services.keyUses.flush()
        #expect(try await tenant.stored(issued.key.id).secrets.map(\.useCount) == [0])
    }
}

/// A key that is not good, and why.
struct RefusedKey: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: KeyRefusal
    /// Makes of a good key, which was just used, one that is not.
    let prepare: @Sendable (TestTenant, IssuedAPIKey) async throws -> SecretText

    private init(
        _ name: String, _ reason: KeyRefusal,
        _ prepare: @escaping @Sendable (TestTenant, IssuedAPIKey) async throws -> SecretText
    ) {
        testDescription = name
        self.reason = reason
        self.prepare = prepare
    }

    /// With `caller`, who may do everything.
    private static func changed(
        _ name: String, _ reason: KeyRefusal,
        _ body: @escaping @Sendable (TestTenant, KeyID, Caller) async throws -> Void
    ) -> RefusedKey {
        RefusedKey(name, reason) { tenant, issued in
            try await body(tenant, issued.key.id, .hostOperator(.test()))
            return issued.text
        }
    }

    static let malformed = [
        RefusedKey("of another form", .malformed) { _, _ in SecretText("not a key") },
        RefusedKey("with a typing error", .malformed) { _, issued in
            let text = issued.text.text
            return SecretText(text.dropLast(10) + (text.dropLast(9).last == "a" ? "b" : "a") + text.suffix(9))
        },
        RefusedKey("longer than any", .malformed) { _, issued in SecretText(issued.text.text + issued.text.text) },
    ]

    /// Those that take a look-up.
    static let lookedUp = [
        RefusedKey("of nobody", .unknown) { tenant, _ in try tenant.madeUpKey() },
        RefusedKey("with the name of a key and another secret", .unknown) { tenant, issued in
            let keys = tenant.tenant.keys
            let address = KeyAddress(tenant: TenantTag(tenant.id), key: KeyTag(issued.key.id))
            return try keys?.authenticator.makeKey(at: address) ?? issued.text
        },
        changed("revoked", .revoked) { tenant, key, caller in
            _ = try await tenant.apiKeys.revoke(key, because: "lost", by: caller).get()
        },
        changed("deleted", .revoked) { tenant, key, caller in _ = try await tenant.apiKeys.delete(key, by: caller).get()
        },
        RefusedKey("leaked", .revoked) { tenant, issued in
            try await tenant.services.leakReports(of: tenant.tenant).report(issued.text, from: .test())
            return issued.text
        },
        changed("replaced without an overlap", .replaced) { tenant, key, _ in
            _ = try await tenant.rotate(key, overlapSeconds: 0)
        },
        changed("replaced, and the rotation is finished", .replaced) { tenant, key, caller in
            _ = try await tenant.rotate(key)
            _ = try await tenant.apiKeys.finishRotation(of: key, by: caller).get()
        },
        changed("replaced, and the overlap is over and noticed", .replaced) { tenant, key, _ in
            _ = try await tenant.rotate(key, overlapSeconds: 100)
            tenant.clock.advance(by: .seconds(100))
            try await tenant.ringKeyClock()
        },
        RefusedKey("new, and the rotation was taken back", .replaced) { tenant, issued in
            let rotated = try await tenant.rotate(issued.key.id)
            #expect(try await tenant.refusal(of: rotated.text) == nil)
            _ = try await tenant.apiKeys.cancelRotation(of: issued.key.id, by: .hostOperator(.test())).get()
            return rotated.text
        },
        changed("expired", .expired) { tenant, _, _ in tenant.clock.advance(by: .seconds(90 * 86_400)) },
        changed("expired and noticed", .expired) { tenant, _, _ in
            tenant.clock.advance(by: .seconds(90 * 86_400))
            try await tenant.ringKeyClock()
        },
        changed("of somebody who is suspended", .ownerInactive) { tenant, key, caller in
            let owner = try #require(try await tenant.stored(key).owner)
            _ = try await tenant.people.suspend(owner, by: caller).get()
        },
    ]

    static let all = malformed + lookedUp
}
