package import PluginKit

/// Settings of the `env` provider: there are none; the section `env: {}` turns it on.
package struct EnvironmentSettings: ProviderSettings {
    package init(reading section: SettingsReader) {}
}
