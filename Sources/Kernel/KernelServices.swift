package import Foundation
package import PluginKit

/// The kernel's services for the whole process; each is asked for by tenant and belongs to that tenant alone.
///
/// A service that keeps personal data is made with the tenant's keys as they are at that moment, so it is asked for
/// anew for each piece of work.
package struct KernelServices: Sendable {
    package let hierarchy: KeyHierarchy
    package let signingKeys: SigningKeys
    package let keyCache: VerifiedKeyCache
    package let keyUses: KeyUses
    package let keyVerifier: KeyVerifier
    package let keyCensus: KeyCensus
    package let now: @Sendable () -> Date
    private let hashKeys: HashKeys
    private let revocationLists = RevocationLists()
    /// The database as a tenant would see it that does not exist.
    private let nowhere: any TenantDatabase
    private let platformSecrets: PlatformSecrets

    /// - Parameters:
    ///   - keyCache: by default nothing is remembered of keys, as it must be where announcements are not heard.
    ///   - keyMisses: how many keys that are none a stranger's network may present; by default as many as it likes.
    package init(
        hierarchy: KeyHierarchy, platformSecrets: PlatformSecrets, databases: any TenantDatabases,
        keyCache: VerifiedKeyCache = VerifiedKeyCache(capacity: 0, isTrusted: { false }),
        keyMisses: MissBudget = MissBudget(perMinute: nil),
        now: @escaping @Sendable () -> Date
    ) {
        self.hierarchy = hierarchy
        self.keyCache = keyCache
        hashKeys = HashKeys(hierarchy: hierarchy, now: now)
        keyUses = KeyUses(hashKeys: hashKeys, hierarchy: hierarchy, now: now)
        keyVerifier = KeyVerifier(hashKeys: hashKeys, uses: keyUses, misses: keyMisses, now: now)
        keyCensus = KeyCensus(now: now)
        self.platformSecrets = platformSecrets
        nowhere = databases.database(of: TenantID.make(at: now()))
        self.now = now
        signingKeys = SigningKeys(hierarchy: hierarchy, now: now)
    }

    package func accessTokens(of tenant: Tenant) -> AccessTokens {
        AccessTokens(tenant: tenant, keys: signingKeys, now: now)
    }

    package func sessions(of tenant: Tenant) async throws -> Sessions {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        return Sessions(tenant: tenant, accessTokens: accessTokens(of: tenant), cells: cells, now: now)
    }

    package func signIn(to tenant: Tenant) async throws -> SignIn {
        SignIn(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func ownAccount(in tenant: Tenant) async throws -> OwnAccount {
        OwnAccount(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func ownFactors(in tenant: Tenant) async throws -> OwnFactors {
        OwnFactors(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func secondFactorPreview(in tenant: Tenant) async throws -> SecondFactorPreview {
        SecondFactorPreview(tenant: tenant, cells: try await hierarchy.cells(of: tenant, now: now), now: now)
    }

    package func people(of tenant: Tenant) async throws -> People {
        People(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func invitations(of tenant: Tenant) async throws -> Invitations {
        Invitations(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func signUps(of tenant: Tenant) async throws -> SignUps {
        SignUps(tenant: tenant, sessions: try await sessions(of: tenant), now: now)
    }

    package func roles(of tenant: Tenant) async throws -> Roles {
        Roles(tenant: tenant, cells: try await hierarchy.cells(of: tenant, now: now), now: now)
    }

    package func auditTrail(of tenant: Tenant) async throws -> AuditTrail {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        return AuditTrail(database: tenant.database, cells: cells, now: now)
    }

    package func apiKeys(of tenant: Tenant) async throws -> APIKeys {
        APIKeys(tenant: tenant, cells: try await hierarchy.cells(of: tenant, now: now), hashKeys: hashKeys, now: now)
    }

    /// A first key to hash API keys with, for a tenant that is about to be made.
    func firstHashKey(of tenant: Tenant) async throws -> (key: HashKey, statement: BoundStatement) {
        try await hashKeys.first(of: tenant)
    }

    package func keyRotations(of tenant: Tenant) async throws -> KeyRotations {
        KeyRotations(keys: try await apiKeys(of: tenant))
    }

    package func keyDues(of tenant: Tenant) async throws -> KeyDues {
        let cells = try await hierarchy.cells(of: tenant, now: now)
        return KeyDues(tenant: tenant, cells: cells, census: keyCensus, now: now)
    }

    package func leakReports(of tenant: Tenant) async throws -> LeakReports {
        LeakReports(keys: try await apiKeys(of: tenant), verifier: keyVerifier)
    }

    /// Spends the time that looking up a key takes, for one that names no tenant.
    ///
    /// - Parameter stranger: as in ``PresentedKey``.
    /// - Throws: ``TooManyMisses``, or where the database does not answer.
    package func spendKeyLookUp(of text: SecretText, by stranger: String?) async throws {
        try await keyVerifier.spendLookUp(of: text, by: stranger, in: nowhere)
    }

    package func revocations(of tenant: Tenant) -> RevocationFeed {
        RevocationFeed(tenant: tenant, keys: signingKeys, lists: revocationLists, now: now)
    }

    package func idempotency(of tenant: Tenant) async throws -> Idempotency {
        Idempotency(tenant: tenant, cells: try await hierarchy.cells(of: tenant, now: now), now: now)
    }

    /// Receipts of deletions, signed by this installation.
    package var deletionReceipts: DeletionReceipts { DeletionReceipts(secrets: platformSecrets) }

    /// Forgets every key of a tenant that is let go of.
    package func forget(_ tenant: TenantID) {
        hierarchy.forget(tenant)
        signingKeys.forget(tenant)
        hashKeys.forget(tenant)
        revocationLists.forget(tenant)
        keyCache.forgetAll(of: tenant)
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

    /// The MACs that bind the cursors of a tenant's lists: the first makes them, any of them may have.
    package func cursorMACs(of tenant: Tenant) async throws -> [KeyedHash] {
        try await hierarchy.keyring(of: tenant.id, in: tenant.database).authenticators(for: .cursor)
    }

    /// The MACs that bind the cursors of the platform's own lists: the first makes them, any of them may have.
    package func platformCursorMACs() throws -> [KeyedHash] {
        try platformSecrets.authenticators(for: "platform-cursor-v1")
    }
}

/// HMAC-SHA-256 under a key that stays where it is.
package typealias KeyedHash = @Sendable ([UInt8]) -> [UInt8]
