package import Foundation
package import Kernel
import Logging
package import PluginKit
package import PluginTesting

/// A node that serves tenants of the real database: makes them, opens them when somebody asks, changes their
/// configurations.
package struct TenantNode: Sendable {
    package let services: KernelServices
    package let records: TenantRecords
    package let registry: TenantRegistry
    package let configurations: TenantConfigurations
    package let onboarding: Onboarding

    /// - Parameter isTrusted: whether the node hears everything that is announced; else it asks the database each time.
    package static func open(
        services: KernelServices, clock: FixedClock, isTrusted: @escaping @Sendable () -> Bool = { true }
    ) async throws -> TenantNode {
        let database = try await TestDatabase.shared
        let records = TenantRecords(database: database.platform, now: clock.reading)
        let catalog = TestTenant.catalog(offersFactors: true)
        let opener = TenantOpener(
            databases: database.tenants, hierarchy: services.hierarchy, keyCache: services.keyCache,
            hashing: { _ in InlineHashingPool() }, publicURL: "https://auth.example.com", logger: .silent,
            now: clock.reading)
        let source = StoredTenants(
            records: records, files: TenantFilesInForce(), databases: database.tenants, hierarchy: services.hierarchy,
            opener: opener, catalog: catalog, logger: .silent, now: clock.reading)
        let registry = TenantRegistry(source: source, isTrusted: isTrusted, now: clock.reading)
        let configurations = TenantConfigurations(
            kernel: services, databases: database.tenants, registry: registry, opener: opener, catalog: catalog,
            logger: .silent)
        let onboarding = Onboarding(
            kernel: services, records: records, registry: registry, opener: opener, configurations: configurations,
            catalog: catalog, template: SettingsNode(.null, line: 1), issuer: { _ in nil })
        return TenantNode(
            services: services, records: records, registry: registry, configurations: configurations,
            onboarding: onboarding)
    }

    /// A new tenant with this configuration, in YAML.
    package func makeTenant(_ configuration: String, slug: String = "t\(unique())") async throws -> Tenant {
        guard let slug = TenantSlug(slug) else { throw Refusal.notFound }
        let node = try SettingsParser.parse(Array(configuration.utf8))
        let wish = OnboardingWish(slug: slug, name: "A test", configuration: node, mustBeNew: true)
        guard case .done(let made) = try await onboarding.run(wish, by: .host(.test())) else {
            throw Refusal.notFound
        }
        return made.tenant
    }

    /// The tenant as the registry has it at this moment.
    package func record(of tenant: Tenant) async throws -> TenantRecord {
        guard let record = try await records.find(id: tenant.id) else { throw Refusal.notFound }
        return record
    }
}
