import Foundation
package import Kernel
package import PluginKit
package import PluginTesting
import Synchronization

/// One node's way to the tenants of the database: finds, opens, makes and changes them.
///
/// Announcements reach it only where a test passes them on.
package struct TestNode: Sendable {
    package let services: KernelServices
    package let records: TenantRecords
    package let source: StoredTenants
    package let registry: TenantRegistry
    package let configurations: TenantConfigurations
    package let onboarding: Onboarding
    package let checks: TenantChecks
    package let ear = TestEar()
    package let probe = TestProbe()

    /// - Parameters:
    ///   - platform: the registry's database, by default the real one.
    ///   - publicURL: where the node is; a tenant has its issuer from the node that made it.
    ///   - fixesIssuers: whether the operator has set that address.
    package static func make(
        services given: KernelServices? = nil, capacity: Int = 100, platform: (any PlatformDatabase)? = nil,
        publicURL: String = "https://auth.example.com", fixesIssuers: Bool = true,
        files: TenantFilesInForce = TenantFilesInForce(), catalog: ProviderCatalog = .testing(),
        hostRules: HostRules = HostRules(kept: []), clock: FixedClock
    ) async throws -> TestNode {
        let database = try await TestDatabase.shared
        return TestNode(
            services: given ?? database.services(now: clock.reading), database, platform ?? database.platform,
            capacity: capacity, publicURL: publicURL, fixesIssuers: fixesIssuers, files, catalog, hostRules, clock)
    }

    private init(
        services: KernelServices, _ database: TestDatabase, _ platform: any PlatformDatabase, capacity: Int,
        publicURL: String, fixesIssuers: Bool, _ files: TenantFilesInForce,
        _ catalog: ProviderCatalog, _ hostRules: HostRules, _ clock: FixedClock
    ) {
        let ear = ear
        let opener = TenantOpener(
            databases: database.tenants, hierarchy: services.hierarchy, keyCache: services.keyCache,
            hashing: { _ in InlineHashingPool() }, hostRules: hostRules, publicURL: publicURL,
            logger: .silent, now: clock.reading)
        self.services = services
        records = TenantRecords(database: platform, now: clock.reading)
        source = StoredTenants(
            records: records, files: files, databases: database.tenants, hierarchy: services.hierarchy, opener: opener,
            catalog: catalog, logger: .silent, now: clock.reading)
        registry = TenantRegistry(
            source: source, capacity: capacity, isTrusted: { ear.hears }, now: clock.reading)
        configurations = TenantConfigurations(
            kernel: services, databases: database.tenants, registry: registry, opener: opener, catalog: catalog,
            logger: .silent)
        let template = SettingsNode.template
        onboarding = Onboarding(
            kernel: services, records: records, registry: registry, configurations: configurations, template: template,
            issuer: { fixesIssuers ? "\(publicURL)/t/\($0)" : nil })
        checks = TenantChecks(records: records, probe: probe, now: clock.reading)
    }
}

extension TestNode {
    /// A new tenant with this configuration, in YAML.
    package func makeTenant(_ configuration: String, slug: String = "t\(unique())") async throws -> Tenant {
        guard let slug = TenantSlug(slug) else { throw Refusal.notFound }
        let node = try SettingsParser.parse(Array(configuration.utf8))
        let wish = OnboardingWish(slug: slug, name: "A test", configuration: node, mustBeNew: true)
        guard case .done(let made) = try await onboarding.run(wish, by: .host(.test())) else { throw Refusal.notFound }
        return made.tenant
    }

    /// The tenant as the registry has it at this moment.
    package func record(of tenant: Tenant) async throws -> TenantRecord {
        guard let record = try await records.find(id: tenant.id) else { throw Refusal.notFound }
        return record
    }
}

/// Whether a node hears what is announced.
package final class TestEar: Sendable {
    private let state = Mutex(true)

    package init() {}

    package var hears: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Answers for a tenant as a server does, unless a test says otherwise.
package final class TestProbe: TenantProbe {
    private let answers = Mutex<(issuer: String?, signIn: TenantProbeAnswer?)>((nil, nil))

    package init() {}

    package func answer(issuer: String) { answers.withLock { $0.issuer = issuer } }

    package func answer(signIn: TenantProbeAnswer) { answers.withLock { $0.signIn = signIn } }

    package func issuer(at address: String) async throws -> String { answers.withLock { $0.issuer } ?? address }

    package func signIn(at address: String, login: String, password: String) async throws -> TenantProbeAnswer {
        answers.withLock { $0.signIn } ?? TenantProbeAnswer(status: 401, code: "invalid_credentials")
    }
}

extension SettingsNode {
    /// `sign_in: {password: {}, totp: {}, recovery_codes: {}}`
    fileprivate static var template: SettingsNode {
        func map(_ entries: [(String, SettingsNode)]) -> SettingsNode {
            SettingsNode(.map(entries.map { Entry(key: $0.0, line: 1, value: $0.1) }), line: 1)
        }
        let ways = map(["password", "totp", "recovery_codes"].map { ($0, map([])) })
        return map([("sign_in", ways)])
    }
}
