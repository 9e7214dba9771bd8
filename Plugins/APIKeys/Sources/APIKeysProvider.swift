package import PluginKit

/// The `api_keys` provider: how the keys of a tenant's programs are written and recognised.
///
/// The parts: ``KeyForm`` writes and reads a whole key, ``KeySecret`` is the part that nobody guesses, ``KeyChecksum``
/// the one that gives typing errors away, ``KeyPrefix`` the word in front.
package struct APIKeysProvider: Provider, KeyAuthenticator {
    package static let name: ProviderName = "api_keys"

    package let policy: KeyPolicy
    package let pattern: String

    private let form: KeyForm

    package init(settings: APIKeysSettings, context: ProviderContext) async throws {
        form = KeyForm(
            prefix: settings.prefix ?? KeyPrefix.standard(for: context.tenantSlug),
            formerPrefixes: settings.formerPrefixes, environment: settings.environment)
        policy = settings.policy
        pattern = form.pattern
    }

    package func makeKey(at address: KeyAddress) throws -> SecretText {
        form.write(address, secret: KeySecret.make())
    }

    package func read(_ key: SecretText) -> KeyAddress? { form.read(key) }
}
