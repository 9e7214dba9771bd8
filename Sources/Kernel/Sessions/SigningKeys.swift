package import Foundation
import PluginKit

/// The signing keys of every tenant: makes them, rotates them when they are due, publishes their public halves.
///
/// Each tenant has two live keys. `next` is published long before it signs, so that every verifier knows it when it
/// becomes `active`; the key before it stays published until all that it signed has expired.
package final class SigningKeys: Sendable {
    /// How long a retired key stays published: longer than any access token lives.
    static let publishedAfterRetirement: TimeInterval = 2 * 3600

    private let hierarchy: KeyHierarchy
    private let now: @Sendable () -> Date
    // Another node may rotate, so a set is trusted for a minute; a token by an unknown key is looked up anew.
    private let sets = BoundedCache<TenantID, SigningKeySet>(capacity: 20_000, lifetime: 60)

    package init(hierarchy: KeyHierarchy, now: @escaping @Sendable () -> Date) {
        self.hierarchy = hierarchy
        self.now = now
    }

    /// The tenant's keys, with one that may sign now: missing keys are made and an overdue one is rotated.
    package func keys(of tenant: Tenant) async throws -> SigningKeySet {
        if let known = sets.value(for: tenant.id, at: now()), !isDue(known, tenant) { return known }
        return try await load(tenant)
    }

    /// Makes `next` the signing key at once, whatever the age of the present one.
    package func rotate(_ tenant: Tenant) async throws -> SigningKeySet {
        try await turn(tenant, activeBefore: now())
        return try await load(tenant)
    }

    /// The statements that give a tenant, which is about to be made, its first keys.
    func begin(_ tenant: Tenant) async throws -> [BoundStatement] {
        let (first, second) = (try await make(tenant), try await make(tenant))
        return [
            BoundStatement(AddSigningKey(key: first, state: .active, at: now())),
            BoundStatement(AddSigningKey(key: second, state: .next, at: now())),
        ]
    }

    /// The published key with this id, looked up again where it is not known, at most once per second and tenant.
    func key(_ id: SigningKeyID, of tenant: Tenant) async throws -> SigningKey? {
        let known = try await keys(of: tenant)
        if let key = known.published.first(where: { $0.id == id }) { return key }
        guard now().timeIntervalSince(known.loadedAt) >= 1 else { return nil }
        return try await load(tenant).published.first { $0.id == id }
    }

    /// Forgets the keys of `tenant`, so that the next use looks again.
    func forget(_ tenant: TenantID) { sets.remove(tenant) }

    private func load(_ tenant: Tenant) async throws -> SigningKeySet {
        var set = try await read(tenant)
        if set == nil || isDue(set, tenant) {
            let cutoff = now().addingTimeInterval(-tenant.policy.signingKey.rotateEvery.timeInterval)
            try await turn(tenant, activeBefore: cutoff)
            set = try await read(tenant)
        }
        guard let set else { throw KeyringError.unknownKey }
        sets.store(set, for: tenant.id, at: now())
        return set
    }

    private func isDue(_ set: SigningKeySet?, _ tenant: Tenant) -> Bool {
        guard let activatedAt = set?.active.activatedAt else { return true }
        return now().timeIntervalSince(activatedAt) >= tenant.policy.signingKey.rotateEvery.timeInterval
    }

    private func read(_ tenant: Tenant) async throws -> SigningKeySet? {
        let since = now().addingTimeInterval(-Self.publishedAfterRetirement)
        let stored = try await tenant.database.rows(ListSigningKeys(retiredSince: since))
        let cells = try await hierarchy.cells(of: tenant, now: now)
        var keys: [SigningKey] = []
        for key in stored {
            let cell = Cell(.signingKeyPrivate, row: key.id)
            keys.append(try await SigningKey(key, privateKey: try await cells.open(key.sealedPrivate, at: cell)))
        }
        guard let active = keys.first(where: { $0.state == .active }), keys.contains(where: { $0.state == .next })
        else {
            return nil
        }
        return SigningKeySet(active: active, published: keys, loadedAt: now())
    }

    /// Retires an active key from before `cutoff`, lets `next` take its place, and fills what is missing.
    ///
    /// Under a lock, and each step only where its gap exists, so that nodes doing this at once make one set of keys.
    private func turn(_ tenant: Tenant, activeBefore cutoff: Date) async throws {
        let first = try await make(tenant)
        let second = try await make(tenant)
        let cells = try await hierarchy.cells(of: tenant, now: now)
        let audit = AuditTrail(database: tenant.database, cells: cells, now: now)
        try await tenant.database.transaction { transaction in
            let changes = try await transaction.run([
                BoundStatement(LockSigningKeys()),
                BoundStatement(RetireSigningKey(activeBefore: cutoff, at: now())),
                BoundStatement(PromoteSigningKey(at: now())),
                BoundStatement(AddSigningKey(key: first, state: .active, at: now())),
                BoundStatement(AddSigningKey(key: second, state: .next, at: now())),
            ]).dropFirst()
            // Another node was faster: nothing is left to do, and nothing to record.
            guard changes.contains(where: { $0.affected > 0 }) else { return }
            try await recordTurn(audit, in: transaction)
        }
    }

    private func recordTurn(_ audit: AuditTrail, in transaction: any TenantTransaction) async throws {
        let keys = try await transaction.rows(ListSigningKeys(retiredSince: now()))
        let event = AuditEvent(
            .signingKeyRotated, actor: .system, subject: keys.first { $0.state == .active }?.id.description,
            origin: .host("signing-keys"))
        _ = try await transaction.run([try audit.statement(event)])
    }

    private func make(_ tenant: Tenant) async throws -> StoredSigningKey {
        let id = SigningKeyID.make(at: now())
        let algorithm = tenant.policy.signingKey.algorithm
        let cells = try await hierarchy.cells(of: tenant, now: now)
        let pem = Array(try algorithm.makePrivateKey().utf8)
        let sealed = try cells.seal(pem, at: Cell(.signingKeyPrivate, row: id))
        return StoredSigningKey(id: id, algorithm: algorithm, state: .next, sealedPrivate: sealed, activatedAt: nil)
    }
}

/// The keys of one tenant at one moment.
package struct SigningKeySet: Sendable {
    package let active: SigningKey
    /// All that verifiers should know: active, next, and lately retired.
    package let published: [SigningKey]
    let loadedAt: Date
}

extension Duration {
    /// In seconds, for arithmetic with dates.
    package var timeInterval: TimeInterval {
        TimeInterval(components.seconds) + TimeInterval(components.attoseconds) / 1e18
    }
}
