package import PluginKit

/// Settings of the `recovery_codes` provider: there are none; the section `recovery_codes: {}` turns it on.
package struct RecoveryCodesSettings: ProviderSettings {
    package init(reading section: SettingsReader) {}
}
