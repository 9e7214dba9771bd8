package import Foundation
import PluginKit

/// The kernel's services for the whole process; each is asked for by tenant and belongs to that tenant alone.
package struct KernelServices: Sendable {
    package let hierarchy: KeyHierarchy
    package let signingKeys: SigningKeys
    package let now: @Sendable () -> Date

    package init(keyEncryptionKeys: KeyEncryptionKeys, now: @escaping @Sendable () -> Date) {
        hierarchy = KeyHierarchy(keyEncryptionKeys: keyEncryptionKeys, now: now)
        signingKeys = SigningKeys(hierarchy: hierarchy, now: now)
        self.now = now
    }

    package func accessTokens(of tenant: Tenant) -> AccessTokens {
        AccessTokens(tenant: tenant, keys: signingKeys, now: now)
    }

    package func sessions(of tenant: Tenant) -> Sessions {
        Sessions(tenant: tenant, accessTokens: accessTokens(of: tenant), hierarchy: hierarchy, now: now)
    }

    package func signIn(to tenant: Tenant) -> SignIn {
        SignIn(tenant: tenant, sessions: sessions(of: tenant), now: now)
    }

    package func ownAccount(in tenant: Tenant) -> OwnAccount {
        OwnAccount(tenant: tenant, sessions: sessions(of: tenant), now: now)
    }

    package func people(of tenant: Tenant) -> People {
        People(tenant: tenant, sessions: sessions(of: tenant), now: now)
    }

    package func invitations(of tenant: Tenant) -> Invitations {
        Invitations(tenant: tenant, sessions: sessions(of: tenant), now: now)
    }

    package func roles(of tenant: Tenant) -> Roles { Roles(tenant: tenant, now: now) }

    package func auditTrail(of tenant: Tenant) -> AuditTrail { AuditTrail(database: tenant.database, now: now) }

    package func revocations(of tenant: Tenant) -> RevocationFeed {
        RevocationFeed(tenant: tenant, keys: signingKeys, now: now)
    }

    package func idempotency(of tenant: Tenant) -> Idempotency {
        Idempotency(tenant: tenant, hierarchy: hierarchy, now: now)
    }

    /// The live session that an access token speaks for, with what its person may do at this moment.
    ///
    /// - Returns: `nil` for a token that is not valid here and now, or whose session or person is no more.
    package func session(forAccessToken text: String, in tenant: Tenant) async throws -> LiveSession? {
        guard let claims = try await accessTokens(of: tenant).verify(text),
            let session = try await sessions(of: tenant).live(claims.sid), session.person.user == claims.sub
        else { return nil }
        return session
    }

    /// The MAC that binds the cursors of a tenant's lists.
    package func cursorMAC(of tenant: Tenant) async throws -> @Sendable ([UInt8]) -> [UInt8] {
        try await hierarchy.keyring(of: tenant.id, in: tenant.database).authenticator(for: .cursor)
    }
}
