import PluginKit

/// A tenant that is being opened, provider by provider.
struct ProviderOpening {
    let plan: TenantPlan
    let base: ProviderContext
    private(set) var secrets = OpenSecrets()
    private(set) var closers: [@Sendable () async -> Void] = []

    init(plan: TenantPlan, base: ProviderContext) {
        self.plan = plan
        self.base = base
    }

    /// Opens the secret backends in the order of the document; each sees those before it.
    mutating func openSecrets() async throws {
        for backend in plan.secretBackends { secrets.add(try await open(backend), named: backend.name) }
    }

    /// Opens the second factors.
    mutating func openFactors() async throws -> TenantFactors {
        var enrollable: [any EnrollableFactor] = []
        for factor in plan.enrollableFactors { enrollable.append(try await open(factor)) }
        var backups: [any BackupFactor] = []
        for factor in plan.backupFactors { backups.append(try await open(factor)) }
        return TenantFactors(enrollable: enrollable, backups: backups)
    }

    /// Opens the provider of API keys, where the program has one.
    mutating func openKeys() async throws -> TenantKeyProvider? {
        guard let keys = plan.keys else { return nil }
        return TenantKeyProvider(name: keys.name, authenticator: try await open(keys))
    }

    /// Closes what was opened, in the opposite order.
    func close() async {
        for close in closers.reversed() { await close() }
    }

    /// Opens one provider; it sees the secrets that are open by now.
    mutating func open<Role>(_ provider: PreparedProvider<Role>) async throws -> Role {
        let context = ProviderContext(
            tenantSlug: base.tenantSlug, database: base.database, secrets: secrets, keys: base.keys,
            hashing: base.hashing, host: base.host, logger: base.logger, now: base.now)
        do {
            let opened = try await provider.open(context)
            closers.append(opened.close)
            return opened.role
        } catch {
            throw TenantOpeningError(source: plan.source, provider: provider.name, cause: error)
        }
    }
}
