import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A tenant's first owner")
struct FirstOwnerTests {
    @Test("is invited as the file names him, and every start replaces the invitation")
    func invited() async throws {
        let tenant = try await TestTenant.make("first_owner: ops@example.com")
        let owner = FirstOwner(tenant: tenant.tenant, invitations: try await tenant.invitations)
        let first = try #require(try await owner.invite(requestID: "start-1"))
        let second = try #require(try await owner.invite(requestID: "start-2"))
        #expect((second.invitation.login, second.invitation.roles) == ("ops@example.com", ["owner"]))
        #expect(try await tenant.accept(first.token).refusal == .invitationInvalid)
        #expect(try await tenant.accept(second.token).refusal == nil)
        #expect(try await owner.invite(requestID: "start-3") == nil)
    }

    @Test("nobody is invited where the file names nobody")
    func nobody() async throws {
        let tenant = try await TestTenant.make()
        let owner = FirstOwner(tenant: tenant.tenant, invitations: try await tenant.invitations)
        #expect(try await owner.invite(requestID: "start") == nil)
        #expect(try await tenant.invitations.list(after: nil, limit: 10).isEmpty)
    }

    @Test("makes the tenant owned when he takes up his invitation, and nobody else does")
    func owned() async throws {
        let tenant = try await TestTenant.make()
        let records = TenantRecords(database: try await TestDatabase.shared.platform, now: tenant.clock.reading)
        _ = try await tenant.signedIn(roles: ["admin"])
        let owner = try await tenant.invite(roles: ["owner"])
        #expect(try await records.find(id: tenant.id)?.ownedAt == nil)
        tenant.clock.advance(by: .seconds(5))
        _ = try await tenant.accept(owner.token).get()
        let ownedAt = tenant.clock.now
        #expect(try await records.find(id: tenant.id)?.ownedAt == ownedAt)
        tenant.clock.advance(by: .seconds(5))
        _ = try await tenant.accept(try await tenant.invite(roles: ["owner"]).token).get()
        #expect(try await records.find(id: tenant.id)?.ownedAt == ownedAt)
    }

    @Test("makes no other tenant owned")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        _ = try await tenant.signedIn(roles: ["owner"])
        let records = TenantRecords(database: try await TestDatabase.shared.platform, now: tenant.clock.reading)
        #expect(try await records.find(id: tenant.id)?.ownedAt != nil)
        #expect(try await records.find(id: other.id)?.ownedAt == nil)
    }
}
