import APIKeys
import EnvironmentSecrets
import FileSecrets
import Kernel
import PasswordLogin
import RecoveryCodes
import TOTPFactor
import VaultSecrets

extension ProviderCatalog {
    /// The providers that this build contains. A plugin is added by its line here, and taken out by the same.
    static let standard: ProviderCatalog = {
        var catalog = ProviderCatalog()
        catalog.add(secrets: EnvironmentSecretsProvider.self)
        catalog.add(secrets: FileSecretsProvider.self)
        catalog.add(secrets: VaultSecretsProvider.self)
        catalog.add(password: PasswordLoginProvider.self)
        catalog.add(factor: TOTPProvider.self)
        catalog.add(backup: RecoveryCodesProvider.self)
        catalog.add(keys: APIKeysProvider.self)
        return catalog
    }()
}
