package import Foundation
package import Logging
package import PluginKit

/// Opens tenants: turns a plan into a tenant whose providers work.
package struct TenantOpener: Sendable {
    private let databases: any TenantDatabases
    private let hierarchy: KeyHierarchy
    private let keyCache: VerifiedKeyCache
    private let hashing: @Sendable (TenantID) -> any HashingPool
    private let hostRules: HostRules
    private let publicURL: String
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - hashing: the hashing pool as one tenant sees it.
    ///   - hostRules: what documents may name of the host.
    ///   - publicURL: the address that clients use, such as `https://auth.example.com`; issuers begin with it.
    package init(
        databases: any TenantDatabases,
        hierarchy: KeyHierarchy,
        keyCache: VerifiedKeyCache,
        hashing: @escaping @Sendable (TenantID) -> any HashingPool,
        hostRules: HostRules,
        publicURL: String,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.databases = databases
        self.hierarchy = hierarchy
        self.keyCache = keyCache
        self.hashing = hashing
        self.hostRules = hostRules
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        self.logger = logger
        self.now = now
    }

    /// Opens the secret backends in the order of the document, then the providers, and notes whom the tenant's rule asks
    /// for a second factor from now on.
    ///
    /// - Throws: ``TenantOpeningError`` for the first that does not open; ``DatabaseError``.
    ///
    /// - Parameters:
    ///   - revision: which revision of the tenant's document the plan is of; 0 for a file.
    ///   - issuer: the issuer of its tokens for good; by default it is the tenant's address.
    ///   - served: the tenant as it is served until now. A rule that would lock out all its owners, and did not before, is
    ///     refused with ``OwnersLockedOut``.
    package func open(
        _ plan: TenantPlan, id: TenantID, isSuspended: Bool = false, revision: Int = 0, issuer: String? = nil,
        replacing served: Tenant? = nil
    ) async throws -> Tenant {
        var opening = ProviderOpening(plan: plan, base: context(of: plan, id: id))
        do {
            try await opening.openSecrets()
            let passwords = try await opening.open(plan.passwords)
            let factors = try await opening.openFactors()
            let keys = try await opening.openKeys()
            try await bringInForce(plan, in: opening.base.database, replacing: served)
            if let keys {
                try await KeyAges(keys.authenticator.policy).bringInForce(in: opening.base.database, at: now())
            }
            // What was good under the document before may not be under this one.
            keyCache.forgetAll(of: id)
            return Tenant(
                id: id, isSuspended: isSuspended, plan: plan, revision: revision,
                address: "\(publicURL)/t/\(plan.slug)", fixedIssuer: issuer, database: opening.base.database,
                secrets: opening.secrets,
                passwordAuthenticator: passwords.authenticator, passwordKeeper: passwords.keeper,
                factors: factors, keys: keys, keyCache: keyCache, logger: opening.base.logger, closers: opening.closers,
                opening: OpeningMark())
        } catch {
            await opening.close()
            throw error
        }
    }

    /// Brings the rule of second factors into force.
    private func bringInForce(
        _ plan: TenantPlan, in database: any TenantDatabase, replacing served: Tenant?
    ) async throws {
        let rule = plan.policy.secondFactor
        if let before = served?.policy.secondFactor, before != rule {
            let asked = try await SecondFactorPreview.asked(by: rule, in: database)
            if SecondFactorPreview.locksOutEveryOwner(asked, under: rule, at: now()),
                !SecondFactorPreview.locksOutEveryOwner(asked, under: before, at: now())
            {
                throw OwnersLockedOut(source: plan.source)
            }
        }
        try await database.execute(SyncSecondFactorDuties(user: nil, rule: rule, at: now()))
    }

    private func context(of plan: TenantPlan, id: TenantID) -> ProviderContext {
        let database = databases.database(of: id)
        var logger = logger
        logger[metadataKey: "tenant"] = .string(plan.slug.text)
        return ProviderContext(
            tenantSlug: plan.slug.text, database: database, secrets: OpenSecrets(),
            keys: ProviderKeys(
                tenant: id, database: database, hierarchy: hierarchy, logger: logger, now: now),
            hashing: hashing(id), host: hostRules.access(of: plan.origin), logger: logger, now: now)
    }
}

/// A rule of second factors that would leave no owner able to sign in.
package struct OwnersLockedOut: Error, CustomStringConvertible {
    /// The document of the tenant: `tenants/acme.yaml`.
    package let source: String

    package var description: String {
        """
        \(source): policy.second_factor: no owner has a second factor, and none would have time to set one up, so nobody \
        could help the others; let an owner set one up first, or write a longer `grace`
        """
    }
}

/// Why a tenant could not be opened.
package struct TenantOpeningError: Error, CustomStringConvertible {
    /// The document of the tenant: `tenants/acme.yaml`.
    package let source: String
    package let provider: ProviderName
    package let cause: any Error

    package var description: String { "\(source): opening the provider `\(provider)`: \(cause)" }
}
