import Kernel
import PluginKit

/// What makes and changes tenants of the database: in a server beside the registry that serves them, in a command with a
/// registry of its own.
struct TenantServices: Sendable {
    let registry: TenantRegistry
    let configurations: TenantConfigurations
    let onboarding: Onboarding

    /// - Parameter registry: the one that serves the tenants of this process.
    init(installation: Installation, registry: TenantRegistry, publicURL: String) {
        let opener = installation.opener(publicURL: publicURL)
        let issuers = installation.issuers
        let configurations = TenantConfigurations(
            kernel: installation.kernel, databases: installation.stores.tenants, registry: registry, opener: opener,
            catalog: .standard, logger: installation.logger)
        self.registry = registry
        self.configurations = configurations
        onboarding = Onboarding(
            kernel: installation.kernel, records: installation.tenantRecords, registry: registry, opener: opener,
            configurations: configurations, catalog: .standard, template: Self.template,
            issuer: { issuers.issuer(of: $0) })
    }

    /// For a command, which remembers nothing of tenants, and serves none of files.
    init(installation: Installation) {
        let publicURL = PublicAddress(installation.settings).text
        let source = installation.tenantSource(files: TenantFilesInForce(), publicURL: publicURL)
        let registry = TenantRegistry(source: source, isTrusted: { false }, now: installation.kernel.now)
        self.init(installation: installation, registry: registry, publicURL: publicURL)
    }

    /// Gives back what tenants hold open, when the command is done.
    func close() async {
        for tenant in registry.empty() { await tenant.close() }
    }

    private static let template = SettingsNode(
        .map([
            .init(
                key: "sign_in", line: 1,
                value: SettingsNode(
                    .map([.init(key: "password", line: 1, value: SettingsNode(.null, line: 1))]), line: 1))
        ]), line: 1)
}
