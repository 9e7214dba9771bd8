package import PluginKit

/// The provider that writes and recognises a tenant's API keys, under its name.
package struct TenantKeyProvider: Sendable {
    package let name: ProviderName
    package let authenticator: any KeyAuthenticator
}
