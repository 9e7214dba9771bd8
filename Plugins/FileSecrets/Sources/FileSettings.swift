package import PluginKit

/// Settings of the `file` provider.
///
/// - `directory` (text, default `secrets`): the folder that holds one folder per tenant, named after its slug. A
///   relative path starts at the process's working directory. A document that came over the API may name another one
///   only within the folders that the process allows.
package struct FileSettings: ProviderSettings {
    package let directory: String
    /// The setting of ``directory`` as errors call it.
    let place: String

    static let standardDirectory = "secrets"

    package init(reading section: SettingsReader) {
        place = section.place(of: "directory")
        directory = section.text(
            "directory", default: Self.standardDirectory, "the folder that holds one folder of secrets per tenant",
            check: TextCheck(fix: "write the path of a folder") { $0.utf8.isEmpty ? "must not be empty" : nil })
    }
}
