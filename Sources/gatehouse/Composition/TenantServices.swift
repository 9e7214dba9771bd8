import Foundation
import Kernel
import PluginKit

/// What makes tenants, changes them and tries them, over the tenants that this process serves or has open.
struct TenantServices: Sendable {
    let registry: TenantRegistry
    let configurations: TenantConfigurations
    let onboarding: Onboarding
    let checks: TenantChecks

    /// - Parameters:
    ///   - registry: the tenants of this process; by default one of its own, for a command without a server.
    ///   - publicURL: the address that clients use.
    /// - Throws: ``TenantTemplateRefused``.
    init(installation: Installation, registry: TenantRegistry? = nil, publicURL: String) throws {
        let kernel = installation.kernel
        let opener = installation.opener(publicURL: publicURL)
        let source = installation.tenantSource(files: TenantFilesInForce(), publicURL: publicURL)
        let registry = registry ?? TenantRegistry(source: source, isTrusted: { false }, now: kernel.now)
        let configurations = TenantConfigurations(
            kernel: kernel, databases: installation.stores.tenants, registry: registry, opener: opener,
            catalog: .standard, logger: installation.logger)
        self.registry = registry
        self.configurations = configurations
        onboarding = Onboarding(
            kernel: kernel, records: installation.tenantRecords, registry: registry, opener: opener,
            configurations: configurations, catalog: .standard,
            template: try TenantTemplate.read(installation.settings.tenantTemplate),
            issuer: installation.issuers.issuer(of:))
        checks = TenantChecks(records: installation.tenantRecords, probe: HTTPTenantProbe(), now: kernel.now)
    }
}
