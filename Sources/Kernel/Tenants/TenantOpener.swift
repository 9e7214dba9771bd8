package import Foundation
package import Logging
package import PluginKit

/// Opens tenants: turns a plan into a tenant whose providers work.
package struct TenantOpener: Sendable {
    private let databases: any TenantDatabases
    private let hashing: @Sendable (TenantID) -> any HashingPool
    private let publicURL: String
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - hashing: the hashing pool as one tenant sees it.
    ///   - publicURL: the address that clients use, such as `https://auth.example.com`; issuers begin with it.
    package init(
        databases: any TenantDatabases,
        hashing: @escaping @Sendable (TenantID) -> any HashingPool,
        publicURL: String,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.databases = databases
        self.hashing = hashing
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        self.logger = logger
        self.now = now
    }

    /// Opens the secret backends in the order of the document, then the providers.
    ///
    /// - Throws: ``TenantOpeningError`` for the first that does not open.
    package func open(_ plan: TenantPlan, id: TenantID, isSuspended: Bool = false) async throws -> Tenant {
        let database = databases.database(of: id)
        let logger = logger(of: plan)
        var secrets = OpenSecrets()
        for backend in plan.secretBackends {
            let context = context(of: plan, id: id, database: database, secrets: secrets, logger: logger)
            secrets.add(try await open(backend, of: plan, in: context), named: backend.name)
        }
        let context = context(of: plan, id: id, database: database, secrets: secrets, logger: logger)
        let passwords = try await open(plan.passwords, of: plan, in: context)
        return Tenant(
            id: id, isSuspended: isSuspended, plan: plan, issuer: "\(publicURL)/t/\(plan.slug)", database: database,
            secrets: secrets,
            passwordAuthenticator: passwords.authenticator, passwordKeeper: passwords.keeper, logger: logger)
    }

    private func open<Role>(
        _ provider: PreparedProvider<Role>, of plan: TenantPlan, in context: ProviderContext
    ) async throws -> Role {
        do {
            return try await provider.open(context)
        } catch {
            throw TenantOpeningError(source: plan.source, provider: provider.name, cause: error)
        }
    }

    private func context(
        of plan: TenantPlan, id: TenantID, database: any TenantDatabase, secrets: OpenSecrets, logger: Logger
    ) -> ProviderContext {
        ProviderContext(
            tenantSlug: plan.slug.text, database: database, secrets: secrets, hashing: hashing(id), logger: logger,
            now: now)
    }

    private func logger(of plan: TenantPlan) -> Logger {
        var logger = logger
        logger[metadataKey: "tenant"] = .string(plan.slug.text)
        return logger
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
