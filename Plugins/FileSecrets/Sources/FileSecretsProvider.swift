package import PluginKit

/// The `file` provider: a tenant's secrets, one per file, in the folder that carries the tenant's slug.
package struct FileSecretsProvider: Provider, SecretBackend {
    package static let name: ProviderName = "file"

    private let secrets: FileSecrets

    package init(settings: FileSettings, context: ProviderContext) async throws {
        let place = try context.host.files.folder(
            settings.directory, setting: settings.place, standard: FileSettings.standardDirectory)
        secrets = try FileSecrets(
            place: place, folder: context.tenantSlug, logger: context.logger, now: context.now)
    }

    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        try await secrets.resolve(name)
    }

    package static func nameProblem(_ name: String) -> String? {
        FileSecrets.nameProblem(name)
    }
}
