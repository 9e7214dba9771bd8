import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("API keys that invite")
struct InvitingKeyTests {
    @Test("an invitation is worth nothing once its key could not make it any more", arguments: InvitingKeyFate.allCases)
    func tenantsOwn(_ fate: InvitingKeyFate) async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let invited = try await invite(with: try await key(of: tenant), in: tenant)
        let elsewhere = try await invite(with: try await key(of: other), in: other)
        try await fate.bringAbout(for: invited.key, in: tenant)
        let refusal = try await tenant.accept(invited.token).refusal
        #expect(refusal == (fate.leavesInvitations ? nil : .invitationInvalid))
        #expect(try await other.accept(elsewhere.token).refusal == nil)
    }

    @Test("a person's key takes its invitations along, and so does its person", arguments: [true, false])
    func owned(_ endsKey: Bool) async throws {
        let tenant = try await TestTenant.make()
        let keeper = try await tenant.keeper()
        let invited = try await invite(with: try await key(of: tenant, by: keeper), owner: keeper.person, in: tenant)
        if endsKey {
            try await InvitingKeyFate.revoked.bringAbout(for: invited.key, in: tenant)
        } else {
            _ = try await tenant.people.suspend(keeper.person, by: .hostOperator(.test())).get()
        }
        #expect(try await tenant.accept(invited.token).refusal == .invitationInvalid)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.sessions") == 0)
    }

    @Test("a key that is another tenant's, or is gone, invites nobody")
    func foreign() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let foreign = try await key(of: other)
        let invited = try await invite(with: foreign, in: tenant)
        #expect(try await tenant.accept(invited.token).refusal == .invitationInvalid)
    }

    @Test("a person made with a key, who has yet to set a password, cannot once the key is revoked")
    func person() async throws {
        let tenant = try await TestTenant.make()
        let key = try await key(of: tenant)
        let made = try await tenant.invitations.createPerson(
            login: "anna@example.com".asLogin(), displayName: nil, roles: ["viewer"], by: caller(key)
        ).get()
        try await InvitingKeyFate.revoked.bringAbout(for: key, in: tenant)
        #expect(try await tenant.accept(made.token).refusal == .invitationInvalid)
    }

    private func key(of tenant: TestTenant, by caller: Caller = .hostOperator(.test())) async throws -> IssuedAPIKey {
        let scopes: [Permission] = [.invitationsCreate, .usersCreate, .usersRead, .productRead, .productUse]
        return try await tenant.apiKey(scopes: scopes, lifetimeSeconds: 3600, by: caller)
    }

    private func invite(
        with key: IssuedAPIKey, owner: UserID? = nil, in tenant: TestTenant
    ) async throws -> (key: IssuedAPIKey, token: SecretText) {
        (key, try await tenant.invite(roles: ["member"], by: caller(key, owner: owner)).token)
    }

    private func caller(_ key: IssuedAPIKey, owner: UserID? = nil) -> Caller {
        Caller(actor: .key(key.key.id, owner: owner), permissions: Set(key.key.scopes), origin: .test())
    }
}

/// What becomes of a key after it has invited a member.
enum InvitingKeyFate: CaseIterable {
    case nothing, rotated, revoked, deleted, leaked, expired, belowTheRole, withoutTheRight

    var leavesInvitations: Bool { self == .nothing || self == .rotated }

    func bringAbout(for key: IssuedAPIKey, in tenant: TestTenant) async throws {
        let administrator = Caller.hostOperator(.test())
        let keys = try await tenant.apiKeys
        switch self {
        case .nothing: break
        case .rotated: _ = try await tenant.rotate(key.key.id)
        case .revoked: _ = try await keys.revoke(key.key.id, because: nil, by: administrator).get()
        case .deleted: try await keys.delete(key.key.id, by: administrator).get()
        case .leaked: try await tenant.services.leakReports(of: tenant.tenant).report(key.text, from: .test())
        case .expired: tenant.clock.advance(by: .seconds(3600))
        case .belowTheRole:
            let rest = APIKeyChanges(scopes: [.invitationsCreate, .productRead])
            _ = try await keys.update(key.key.id, to: rest, by: administrator).get()
        case .withoutTheRight:
            let rest = APIKeyChanges(scopes: [.productRead, .productUse])
            _ = try await keys.update(key.key.id, to: rest, by: administrator).get()
        }
    }
}
