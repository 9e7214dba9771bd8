package import PluginKit

/// The `vault` provider: a tenant's secrets from a key-value engine of HashiCorp Vault or OpenBao.
///
/// ``VaultKeyValue`` keeps and refreshes what was read; ``VaultConnection`` logs in, asks, and tries again;
/// ``VaultProblem`` tells what can be wrong from what can be done about it.
package struct VaultSecretsProvider: Provider, SecretBackend {
    package static let name: ProviderName = "vault"

    private let connection: VaultConnection
    private let secrets: VaultKeyValue

    package init(settings: VaultSettings, context: ProviderContext) async throws {
        try self.init(
            settings: settings, context: context, clock: VaultClock(now: context.now),
            metrics: VaultMetrics(name: context.tenantSlug))
    }

    init(settings: VaultSettings, context: ProviderContext, clock: VaultClock, metrics: VaultMetrics) throws {
        connection = try VaultConnection(
            settings: settings, secrets: context.secrets, host: context.host, logger: context.logger, clock: clock,
            metrics: metrics)
        secrets = VaultKeyValue(connection: connection)
    }

    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        try await secrets.resolve(name)
    }

    package func absence(of name: String) async -> String {
        await secrets.absence(of: name)
    }

    package static func nameProblem(_ name: String) -> String? {
        VaultPath.problem(with: name)
    }

    package func close() async {
        await secrets.stop()
        await connection.close()
    }

    /// Looks at everything that is due, and waits for it.
    func lookAtDue() async {
        await secrets.lookAtDue()
    }
}
