package import Foundation
package import PluginKit

/// The API keys of one tenant, for those who administer it.
///
/// Nobody hands out more than he has: what a key allows, before and after a change, must lie within what the caller may
/// do. Ending a key takes power away from it, and needs no more than the permission to.
package struct APIKeys: Sendable {
    let tenant: Tenant
    let change: Change
    let cells: TenantCells
    let hashKeys: HashKeys
    let now: @Sendable () -> Date

    init(
        tenant: Tenant, cells: TenantCells, hashKeys: HashKeys, now: @escaping @Sendable () -> Date
    ) {
        self.tenant = tenant
        self.cells = cells
        self.hashKeys = hashKeys
        self.now = now
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: cells, now: now))
    }

    /// Makes a key. It belongs to the person who makes it, or to the owner of the key that makes it; an operator's belongs
    /// to the tenant.
    ///
    /// - Parameter answer: kept for repeats, together with the key.
    package func create(
        _ new: NewAPIKey, by caller: Caller, keeping answer: DeedAnswer<IssuedAPIKey>? = nil
    ) async throws -> Outcome<IssuedAPIKey> {
        try await create(new, by: caller, unless: nil, keeping: answer)
    }

    private func create(
        _ new: NewAPIKey, by caller: Caller, unless taken: FindLiveKey?, keeping answer: DeedAnswer<IssuedAPIKey>? = nil
    ) async throws -> Outcome<IssuedAPIKey> {
        let id = KeyID.make(at: now())
        let maker = try await maker()
        let lifetime = new.lifetimeSeconds ?? Int(maker.ages.maxAgeSeconds)
        guard lifetime <= maker.ages.maxAgeSeconds else {
            return try await change.refused(
                .lifetimeTooLong(seconds: Int(maker.ages.maxAgeSeconds)), .apiKeyCreated, of: nil, by: caller)
        }
        guard Authorizer.mayHandOut(caller, Set(new.scopes)) else {
            return try await change.refused(.forbidden, .apiKeyCreated, of: nil, by: caller)
        }
        let (secret, text) = try maker.make(for: id, lifetimeSeconds: lifetime)
        return try await change.run(.apiKeyCreated, of: id.description, by: caller) { transaction in
            if let taken {
                try await transaction.execute(LockKeyNames())
                guard try await transaction.first(taken) == nil else { throw Refusal.nameTaken }
            }
            let insert = InsertAPIKey(
                id: id, key: new, owner: caller.actor.userID, lifetimeSeconds: lifetime, at: maker.now)
            let details = ["name": new.name, "scopes": new.scopes.map(\.rawValue).sorted().joined(separator: " ")]
            _ = try await transaction.run([
                BoundStatement(insert), BoundStatement(AddKeySecret(key: id, secret: secret)),
                BoundStatement(SetKeyAlarm(at: secret.rotateBy)),
                try change.event(.apiKeyCreated, of: id.description, by: caller, details: details),
            ])
            guard let key = try await Self.find(id, in: transaction) else { throw Refusal.notFound }
            let issued = IssuedAPIKey(key: key, text: text, secret: secret.id)
            try await answer?.keep(issued, in: transaction)
            return issued
        }
    }

    /// The key of a name that is live, or a new one under it. Of several at once, one makes it.
    package func ensure(_ new: NewAPIKey, by caller: Caller) async throws -> Outcome<EnsuredAPIKey> {
        let live = FindLiveKey(name: new.name)
        if let id = try await tenant.database.first(live), let key = try await key(id) { return .done(.present(key)) }
        return switch try await create(new, by: caller, unless: live) {
        case .done(let issued): .done(.new(issued))
        case .refused(.nameTaken): try await ensure(new, by: caller)
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// A page of the keys that a filter finds, in the order in which they were made, with their secrets.
    package func list(
        _ filter: KeyListFilter = KeyListFilter(), after: KeyID?, limit: Int
    ) async throws -> [APIKey] {
        let list = ListAPIKeys(filter: filter, after: after, at: now(), limit: limit)
        return try await Self.withSecrets(try await tenant.database.rows(list), in: tenant.database)
    }

    package func key(_ id: KeyID) async throws -> APIKey? {
        try await Self.find(id, in: tenant.database)
    }

    /// Who used the secrets of a key lately, those of the last use first; at most `limit`.
    package func callers(of key: APIKey, limit: Int = 50) async throws -> [KeyCaller] {
        try await callers(ListKeyCallers(secrets: key.secrets.map(\.id), sinceReplaced: false, limit: limit))
    }

    func callers(_ list: ListKeyCallers) async throws -> [KeyCaller] {
        var callers: [KeyCaller] = []
        for stored in try await tenant.database.rows(list) {
            let origin = try await cells.openOrigin(stored.sealedOrigin, at: Cell(.keyCallerOrigin, row: stored.id))
            callers.append(
                KeyCaller(
                    secret: stored.secret, address: origin.address, userAgent: origin.userAgent,
                    lastUsedAt: stored.lastUsedAt))
        }
        return callers
    }

    package func update(_ id: KeyID, to changes: APIKeyChanges, by caller: Caller) async throws -> Outcome<APIKey> {
        try await changing(.apiKeyChanged, id, by: caller) { transaction in
            let locked = try await lock(id, in: transaction)
            let touched = Set(locked.scopes).union(changes.scopes ?? [])
            guard Authorizer.mayHandOut(caller, touched) else { throw Refusal.forbidden }
            guard !locked.isRevoked else { throw Refusal.keyNotLive }
            _ = try await transaction.run([
                BoundStatement(UpdateAPIKey(id: id, changes: changes, at: now())),
                try change.event(.apiKeyChanged, of: id.description, by: caller, details: changes.details),
            ])
            guard let key = try await Self.find(id, in: transaction) else { throw Refusal.notFound }
            return key
        }
    }

    /// Ends a key with all its secrets. One that was at its end before stays as it is.
    package func revoke(_ id: KeyID, because reason: String?, by caller: Caller) async throws -> Outcome<APIKey> {
        try await changing(.apiKeyRevoked, id, by: caller) { transaction in
            _ = try await lock(id, in: transaction)
            let revoke = RevokeAPIKey(id: id, why: .revoked, reason: reason, at: now())
            if try await transaction.first(revoke) != nil {
                let details = reason.map { ["reason": $0] } ?? [:]
                _ = try await transaction.run([
                    try change.event(.apiKeyRevoked, of: id.description, by: caller, details: details)
                ])
            }
            guard let key = try await Self.find(id, in: transaction) else { throw Refusal.notFound }
            return key
        }
    }

    /// Ends a key, and takes it off the lists.
    package func delete(_ id: KeyID, by caller: Caller) async throws -> Outcome<Void> {
        try await changing(.apiKeyDeleted, id, by: caller) { transaction in
            _ = try await lock(id, in: transaction)
            _ = try await transaction.run([
                BoundStatement(RevokeAPIKey(id: id, why: .deleted, at: now())),
                BoundStatement(HideAPIKey(id: id, at: now())),
                try change.event(.apiKeyDeleted, of: id.description, by: caller),
            ])
        }
    }

    /// Keys that should have been rotated by now, the longest overdue first.
    package static func overdue(in database: any TenantDatabase, at now: Date, limit: Int) async throws -> [OverdueKey]
    {
        try await database.rows(ListOverdueKeys(at: now, limit: limit))
    }

    // MARK: Parts

    /// What makes secrets of this tenant now.
    ///
    /// - Throws: ``Refusal/notFound`` where the program has no API keys.
    func maker() async throws -> KeyMaker {
        guard let keys = tenant.keys else { throw Refusal.notFound }
        return KeyMaker(
            tenant: tenant, authenticator: keys.authenticator, hashKey: try await hashKeys.current(of: tenant),
            now: now())
    }

    /// Runs a change of one key; whatever came of it, this node forgets what it knew of the key.
    func changing<Value: Sendable>(
        _ type: AuditEventType, _ id: KeyID, by caller: Caller,
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Outcome<Value> {
        // Also where the answer of the database was lost: the change may have been made.
        defer { tenant.keyCache.forget(id, of: tenant.id) }
        return try await change.run(type, of: id.description, by: caller, body)
    }

    func lock(_ id: KeyID, in transaction: any TenantTransaction) async throws -> LockedKey {
        guard let locked = try await transaction.first(LockAPIKey(id: id)) else { throw Refusal.notFound }
        return locked
    }

    static func find(_ id: KeyID, in runner: any StatementRunner) async throws -> APIKey? {
        try await withSecrets(try await runner.rows(FindAPIKey(id: id)), in: runner).first
    }

    private static func withSecrets(_ keys: [APIKey], in runner: any StatementRunner) async throws -> [APIKey] {
        guard !keys.isEmpty else { return [] }
        let secrets = try await runner.rows(ListKeySecrets(keys: keys.map(\.id)))
        let byKey = Dictionary(grouping: secrets, by: \.key)
        return keys.map { $0.with((byKey[$0.id] ?? []).map(\.secret)) }
    }
}

/// Somebody who used a secret of a key.
package struct KeyCaller: Sendable {
    package let secret: KeySecretID
    package let address: String
    package let userAgent: String?
    package let lastUsedAt: Date
}

extension APIKey {
    func with(_ secrets: [KeySecret]) -> APIKey {
        APIKey(
            id: id, name: name, scopes: scopes, owner: owner, lifetimeSeconds: lifetimeSeconds,
            allowedNetworks: allowedNetworks, rateLimit: rateLimit, metadata: metadata, createdAt: createdAt,
            updatedAt: updatedAt, revokedAt: revokedAt, revokedBecause: revokedBecause, revokeReason: revokeReason,
            secrets: secrets)
    }
}

extension APIKeyChanges {
    /// What was changed, for the audit trail.
    fileprivate var details: [String: String] {
        var details: [String: String] = [:]
        if let name { details["name"] = name }
        if let scopes { details["scopes"] = scopes.map(\.rawValue).sorted().joined(separator: " ") }
        if let allowedNetworks {
            details["allowed_networks"] = allowedNetworks.map(\.description).joined(separator: " ")
        }
        if let rateLimit { details["rate_limit"] = rateLimit.map { "\($0)" } ?? "none" }
        if metadata != nil { details["metadata"] = "changed" }
        return details
    }
}
