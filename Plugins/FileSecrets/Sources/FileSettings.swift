package import PluginKit

/// Settings of the `file` provider.
///
/// - `directory` (text, default `secrets`): the folder that holds one folder per tenant, named after its slug. A
///   relative path starts at the process's working directory.
package struct FileSettings: ProviderSettings {
    package let directory: String

    package init(reading section: SettingsReader) {
        directory = section.text(
            "directory", default: "secrets", "the folder that holds one folder of secrets per tenant",
            check: TextCheck(fix: "write the path of a folder") { $0.utf8.isEmpty ? "must not be empty" : nil })
    }
}
