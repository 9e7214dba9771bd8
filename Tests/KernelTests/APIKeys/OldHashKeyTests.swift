import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("An old hash key of API keys")
struct OldHashKeyTests {
    @Test("is destroyed when nothing was made with it any more and nobody makes anything with it, and not before")
    func age() async throws {
        let tenant = try await TestTenant.make()
        let old = try #require(try await tenant.hashKeyRotation.rotate().status.newest?.id)
        tenant.clock.advance(by: .seconds(1))
        let new = try #require(try await tenant.hashKeyRotation.rotate().status.newest?.id)
        tenant.clock.advance(by: .seconds(HashKeyRotation.retirement))
        #expect(try await tenant.hashKeyRotation.destroyOldKeys().isEmpty)
        tenant.clock.advance(by: .milliseconds(1))
        #expect(try await tenant.hashKeyRotation.destroyOldKeys() == [old])
        #expect(try await tenant.hashKeyRotation.destroyOldKeys().isEmpty)
        #expect(try await tenant.hashKeyRotation.status().keys.map(\.id) == [new])
        #expect(try await tenant.events(.hashKeyDestroyed).map(\.subject) == [old.description])
        let issued = try await tenant.apiKey()
        let fresh = try await tenant.served(by: try await tenant.anotherNode())
        for node in [tenant, fresh] { #expect(try await node.refusal(of: issued.text) == nil) }
    }

    @Test("stays as long as any secret is kept that was made with it, be that good or at its end")
    func inUse() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        try await tenant.turnHashKey()
        tenant.clock.advance(by: .seconds(HashKeyRotation.retirement))
        #expect(try await tenant.hashKeyRotation.destroyOldKeys().isEmpty)
        #expect(try await tenant.refusal(of: issued.text) == nil)
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 0)
        #expect(try await tenant.hashKeyRotation.destroyOldKeys().isEmpty)
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        try await tenant.purge(issued.secret)
        #expect(try await tenant.hashKeyRotation.rotate().destroyed == 1)
        #expect(try await tenant.refusal(of: issued.text) == .unknown)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
    }

    @Test("goes alone: those between it and the newest stay while something was made with them")
    func between() async throws {
        let tenant = try await TestTenant.make()
        let (first, second) = (try await tenant.apiKey(), try await tenant.turnHashKey().newest?.id)
        let kept = try await tenant.apiKey()
        let third = try await tenant.turnHashKey().newest?.id
        tenant.clock.advance(by: .seconds(HashKeyRotation.retirement))
        _ = try await tenant.rotate(first.key.id, overlapSeconds: 0)
        try await tenant.purge(first.secret)
        #expect(try await tenant.hashKeyRotation.destroyOldKeys().count == 1)
        #expect(try await tenant.hashKeyRotation.status().keys.map(\.id) == [third, second])
        #expect(try await tenant.refusal(of: kept.text) == nil)
    }

    @Test("is destroyed by nothing but the function for that, which spares the newest and what is referred to")
    func database() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        for one in [tenant, other] {
            _ = try await one.apiKey()
            try await one.turnHashKey()
        }
        let delete = "DELETE FROM gatehouse.hash_keys WHERE tenant_id = '\(tenant.id.rawValue)'"
        await #expect(throws: DatabaseError.refused) { try await tenant.database.affected("\(delete)") }
        await #expect(throws: DatabaseError.self) {
            try await TestDatabase.shared.administrator.affected(
                "\(delete) AND id IN (SELECT hash_key_id FROM gatehouse.api_key_secrets)")
        }
        // Whatever moment somebody names who runs SQL as the application.
        let destroy = "SELECT FROM gatehouse.destroy_hash_keys('infinity')"
        #expect(try await tenant.database.affected("\(destroy)") == 0)
        try await TestDatabase.shared.administrator.affected(
            "DELETE FROM gatehouse.api_keys WHERE tenant_id = '\(tenant.id.rawValue)'")
        #expect(try await tenant.database.affected("\(destroy)") == 1)
        #expect(try await tenant.database.affected("\(destroy)") == 0)
        #expect(try await tenant.states() == [.active])
        #expect(try await other.states() == [.active, .retired])
        let database = try await TestDatabase.shared
        for role in [database.platform, database.maintenance] {
            await #expect(throws: DatabaseError.refused) { try await role.affected("\(destroy)") }
        }
    }
}

extension TestTenant {
    /// Takes a secret away as a purge does, long after its end.
    fileprivate func purge(_ secret: KeySecretID) async throws {
        let removed = try await TestDatabase.shared.administrator.affected(
            "DELETE FROM gatehouse.api_key_secrets WHERE id = '\(secret.rawValue)'")
        #expect(removed == 1)
    }
}
