import PluginKit

/// Whom a client of Vault trusts, and as whom it comes. There is no way to switch verification off.
///
/// - `ca_file` (text, the system's by default): certificates to trust, in PEM, instead of the system's.
/// - `certificate_file` and `key_file` (text, none): this side's certificate and its key, in PEM; both or neither.
/// - `server_name` (text, the address's host by default): the name that Vault's certificate must carry.
struct VaultTLSSettings: ProviderSettings {
    let authorityFile: String?
    let certificateFile: String?
    let keyFile: String?
    let serverName: String?
    /// The section as errors call it.
    let place: String

    init(reading section: SettingsReader) {
        place = section.path
        authorityFile = section.optionalText(
            "ca_file", "certificates to trust, in PEM, instead of the system's", check: .notEmpty)
        certificateFile = section.optionalText("certificate_file", "this side's certificate, in PEM", check: .notEmpty)
        keyFile = section.optionalText("key_file", "the key of that certificate, in PEM", check: .notEmpty)
        serverName = section.optionalText(
            "server_name", "the name that Vault's certificate must carry", check: Self.nameCheck)
        if (certificateFile == nil) != (keyFile == nil) {
            section.reject(
                certificateFile == nil ? "certificate_file" : "key_file", "is missing, and goes with the other",
                fix: "set both certificate_file and key_file, or neither")
        }
    }

    private static let nameCheck = TextCheck(fix: "write a host's name, such as vault.internal") { text in
        let isName = (1...253).contains(text.utf8.count) && text.utf8.allSatisfy(VaultPath.isNameByte)
        return isName ? nil : "must be the name of a host"
    }
}
