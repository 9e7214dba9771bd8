import DatabaseTesting
import PluginKit
import PluginTesting
import PostgresStore
import Testing

@testable import Kernel

@Suite("Looking up an API key costs")
struct KeyLookUpCostTests {
    /// What every look-up is: the look-up of one hash, alone.
    static let lookUp = [[FindKeyByHash.sql]]

    @Test("one round trip for any key that is not good, the same for all", arguments: RefusedKey.lookedUp)
    func refused(_ refused: RefusedKey) async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey(by: try await tenant.keeper())
        let text = try await refused.prepare(tenant, issued)
        _ = try await tenant.verify(try tenant.madeUpKey())
        for _ in 0..<2 { #expect(try await tenant.roundTrips(verifying: text) == Self.lookUp) }
    }

    @Test("the same where the tenant never had a key")
    func noKeys() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        _ = try await tenant.verify(try tenant.madeUpKey())
        for _ in 0..<3 { #expect(try await tenant.roundTrips(verifying: try tenant.madeUpKey()) == Self.lookUp) }
    }

    @Test("the same where the key names no tenant")
    func noTenant() async throws {
        let (tenant, database) = (try await TestTenant.make(), try await TestDatabase.shared)
        let nowhere = CountingDatabase(database.tenants.database(of: .make(at: tenant.clock.now)))
        let services = KernelServices(
            hierarchy: tenant.services.hierarchy, platformSecrets: PlatformSecrets([database.contextKey]),
            databases: CountingDatabases(only: nowhere), now: tenant.clock.reading)
        for _ in 0..<2 {
            let trips = try await nowhere.roundTrips {
                try await services.spendKeyLookUp(of: try tenant.madeUpKey(), by: nil)
            }
            #expect(trips == Self.lookUp)
        }
    }

    @Test("one round trip for a good key, and none at all where it is remembered")
    func good() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey()
        _ = try await tenant.verify(try tenant.madeUpKey())
        #expect(try await tenant.roundTrips(verifying: issued.text) == Self.lookUp)
        for _ in 0..<2 { #expect(try await tenant.roundTrips(verifying: issued.text) == []) }
        let forgetful = try await TestTenant.make()
        let other = try await forgetful.apiKey()
        _ = try await forgetful.verify(other.text)
        for _ in 0..<2 { #expect(try await forgetful.roundTrips(verifying: other.text) == Self.lookUp) }
    }

    @Test("one round trip under all hash keys while there are several, the same for any key")
    func severalHashKeys() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        try await tenant.turnHashKey()
        let new = try await tenant.apiKey()
        let lookUp = [[FindKeyByHash.sql, FindKeyByHash.sql]]
        for text in [issued.text, new.text, try tenant.madeUpKey()] {
            #expect(try await tenant.roundTrips(verifying: text) == lookUp)
        }
    }

    @Test("the same for a key that is remembered and not good from there or for that: the time must not tell")
    func rememberedAndRefused() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey(networks: ["192.0.2.0/24"])
        _ = try await tenant.verify(issued.text)
        #expect(try await tenant.roundTrips(verifying: issued.text) == [])
        #expect(try await tenant.roundTrips(verifying: issued.text, from: "203.0.113.1") == Self.lookUp)
        #expect(try await tenant.roundTrips(verifying: issued.text, for: [.tenantOwn]) == Self.lookUp)
        #expect(try await tenant.refusal(of: issued.text, from: "203.0.113.1") == .networkNotAllowed)
        #expect(try await tenant.refusal(of: issued.text, for: [.tenantOwn]) == .insufficientScope)
    }

    @Test("nothing for what is no key at all", arguments: RefusedKey.malformed)
    func malformed(_ refused: RefusedKey) async throws {
        let tenant = try await TestTenant.make()
        let text = try await refused.prepare(tenant, try await tenant.apiKey())
        #expect(try await tenant.roundTrips(verifying: text) == [])
    }

    @Test("no other connection where somebody holds a transaction open")
    func strict() async throws {
        let made = try await TestTenant.make()
        let tenant = made.opened(as: made.tenant.strict)
        let caller = Caller.hostOperator(.test())
        let issued = try await tenant.apiKey()
        _ = try await tenant.apiKeys.update(issued.key.id, to: APIKeyChanges(name: "n"), by: caller).get()
        _ = try await tenant.rotate(issued.key.id)
        _ = try await tenant.apiKeys.cancelRotation(of: issued.key.id, by: caller).get()
        _ = try await tenant.rotate(issued.key.id)
        _ = try await tenant.apiKeys.finishRotation(of: issued.key.id, by: caller).get()
        let rotations = try await tenant.keyRotations
        let rotation = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        #expect(try await rotations.advance(rotation, limit: 9, by: caller).get().count == 1)
        _ = try await rotations.finish(rotation, by: caller).get()
        tenant.clock.advance(by: .seconds(80 * 86_400))
        #expect(try await tenant.ringKeyClock() == 1)
        let (leaked, deleted) = (try await tenant.apiKey(), try await tenant.apiKey())
        try await tenant.services.leakReports(of: tenant.tenant).report(leaked.text, from: .test())
        _ = try await tenant.apiKeys.delete(deleted.key.id, by: caller).get()
        _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: caller).get()
    }
}

extension TestTenant {
    /// What the database is asked while a key is verified.
    fileprivate func roundTrips(
        verifying text: SecretText, for scopes: Set<Permission> = [], from address: String = "192.0.2.7"
    ) async throws -> [[SQL]] {
        let counter = CountingDatabase(database)
        let counted = opened(as: tenant.on(counter))
        return try await counter.roundTrips { _ = try await counted.verify(text, for: scopes, from: address) }
    }
}
