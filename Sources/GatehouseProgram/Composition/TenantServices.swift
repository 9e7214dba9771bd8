import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// What makes tenants, changes them and tries them: in a server over the tenants that it serves, in a command over a
/// registry of its own.
struct TenantServices: Sendable {
    let registry: TenantRegistry
    let configurations: TenantConfigurations
    let onboarding: Onboarding
    let checks: TenantChecks

    /// - Parameters:
    ///   - registry: the tenants that this process serves.
    ///   - publicURL: the address that clients use.
    /// - Throws: ``DocumentRefused``, about the template.
    init(installation: Installation, registry: TenantRegistry, publicURL: String) throws {
        let kernel = installation.kernel
        let opener = installation.opener(publicURL: publicURL)
        let configurations = TenantConfigurations(
            kernel: kernel, databases: installation.stores.tenants, registry: registry, opener: opener,
            catalog: Program.plugins, logger: installation.logger)
        self.registry = registry
        self.configurations = configurations
        onboarding = Onboarding(
            kernel: kernel, records: installation.tenantRecords, registry: registry, configurations: configurations,
            template: try TenantTemplate.read(installation.settings.tenantTemplate),
            issuer: installation.issuers.issuer(of:))
        checks = TenantChecks(records: installation.tenantRecords, probe: HTTPTenantProbe(), now: kernel.now)
    }

    /// For a command, which remembers nothing of tenants, and serves none of files.
    init(installation: Installation) throws {
        let publicURL = PublicAddress(installation.settings).text
        let source = installation.tenantSource(files: TenantFilesInForce(), publicURL: publicURL)
        let registry = TenantRegistry(source: source, isTrusted: { false }, now: installation.kernel.now)
        try self.init(installation: installation, registry: registry, publicURL: publicURL)
    }

    /// Lends them to a command, and gives back what tenants hold open when it is done. A refusal ends it with words.
    ///
    /// - Parameter source: what a configuration was read from.
    static func use(
        _ options: ProcessOptions, source: String = "the configuration",
        _ body: @escaping (Installation, TenantServices) async throws -> Void
    ) async throws {
        try await Installation.use(options) { installation in
            let services = try TenantServices(installation: installation)
            do {
                try await closing(with: services.close) { try await body(installation, services) }
            } catch let refusal as OnboardingRefusal {
                Output.complain(refusal.words(source: source))
                throw ExitCode.refused
            }
        }
    }

    private func close() async {
        for tenant in registry.empty() { await tenant.close() }
    }
}
