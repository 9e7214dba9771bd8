import Foundation
package import PluginKit

/// The `env` provider: a tenant's secrets from the environment variables that carry its name.
///
/// ``EnvironmentPrefix`` says which variables those are; no other variable can be reached or is kept.
package struct EnvironmentSecretsProvider: Provider, SecretBackend {
    package static let name: ProviderName = "env"

    private let secrets: EnvironmentSecrets

    package init(settings: EnvironmentSettings, context: ProviderContext) async throws {
        self.init(tenantSlug: context.tenantSlug, environment: ProcessInfo.processInfo.environment)
    }

    init(tenantSlug: String, environment: [String: String]) {
        secrets = EnvironmentSecrets(prefix: EnvironmentPrefix.of(tenantSlug: tenantSlug), environment: environment)
    }

    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        try await secrets.resolve(name)
    }

    package static func nameProblem(_ name: String) -> String? {
        EnvironmentSecrets.nameProblem(name)
    }
}
