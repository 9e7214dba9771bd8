import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("API keys and the tenant's data keys")
struct KeySealTests {
    @Test("keys stay good when the data key is changed and the old one destroyed, on every node")
    func rotation() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let node = try await tenant.served(by: try await tenant.anotherNode())
        #expect(try await node.refusal(of: issued.text) == nil)
        let before = try await tenant.sealed(.hashKey)
        let key = try await tenant.rotateDataKey()
        #expect(try await tenant.keysInUse() == [key])
        #expect(try await tenant.sealed(.hashKey).map(\.value) != before.map(\.value))
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (1, 0))
        let fresh = try await tenant.served(by: try await tenant.anotherNode())
        for node in [tenant, node, fresh] {
            #expect(try await node.refusal(of: issued.text) == nil)
            let another = try await node.apiKey()
            #expect(try await tenant.refusal(of: another.text) == nil)
        }
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.hash_keys") == "1")
    }

    @Test("keys that were hashed with an older hash key stay good beside new ones")
    func olderHashKey() async throws {
        let home = try await FurnishedTenant.make()
        let tenant = try await home.tenant.served(by: try await home.tenant.anotherNode())
        #expect(try await tenant.sealed(.hashKey).count > 1)
        let old = try await home.tenant.apiKey()
        tenant.clock.advance(by: .seconds(HashKeys.grace))
        let new = try await tenant.apiKey()
        let used = "SELECT count(DISTINCT hash_key_id) FROM gatehouse.api_key_secrets"
        #expect(try await tenant.database.value(used) == "2")
        for text in [new.text, old.text] { #expect(try await tenant.refusal(of: text) == nil) }
    }

    @Test("no key is taken for good where the hash key does not open")
    func damaged() async throws {
        let home = try await FurnishedTenant.make()
        let issued = try await home.tenant.apiKey()
        for stored in try await home.tenant.sealed(.hashKey) {
            try await home.tenant.plant(
                [UInt8](stored.value.dropLast()) + [stored.value.last == 0 ? 1 : 0], at: stored, of: .hashKey)
        }
        let node = try await home.tenant.served(by: try await home.tenant.anotherNode())
        await #expect(throws: (any Error).self) { try await node.verify(issued.text) }
    }
}
