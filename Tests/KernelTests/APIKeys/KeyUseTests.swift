import DatabaseTesting
import Foundation
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
}
