package import PluginKit

/// Settings of the `vault` provider, and of any other use of a Vault server.
///
/// - `address` (text, required): where Vault listens, `https://host:port`; `http` only for this machine.
/// - `mount` (text, default `secret`): where the key-value engine is mounted.
/// - `kv_version` (integer, default 2): 1 or 2, as the engine was mounted.
/// - `namespace` (text, none): the namespace that holds the mount.
/// - `auth` (section): exactly one of `token`, `approle`, `kubernetes`, `jwt`; see ``VaultAuthSettings``.
/// - `tls` (section): whom to trust; see ``VaultTLSSettings``. Verification cannot be switched off.
/// - `deadline` (duration, default 2s): for a request to Vault, logging in and trying again included.
/// - `refresh` (duration, default 30s): how often a secret in use is looked at again.
/// - `time_to_live` (duration, default 1h): how long the last good value serves while Vault cannot confirm it.
package struct VaultSettings: ProviderSettings {
    /// `nil` where the text is none; that is a problem of the section.
    let address: VaultAddress?
    /// The setting of ``address`` as errors call it.
    let place: String
    let mount: String
    let version: KVVersion
    let namespace: String?
    let auth: VaultAuthSettings
    let tls: VaultTLSSettings
    let deadline: Duration
    let refresh: Duration
    let timeToLive: Duration

    package init(reading section: SettingsReader) {
        place = section.place(of: "address")
        let text = section.requiredText("address", "where Vault listens, https://host:port", check: Self.addressCheck)
        address = try? VaultAddress(reading: text)
        mount = section.text(
            "mount", default: "secret", "where the key-value engine is mounted", check: .vaultPath)
        let version = section.integer("kv_version", default: 2, in: 1...2, "version of the key-value engine, 1 or 2")
        self.version = version == 1 ? .one : .two
        namespace = section.optionalText("namespace", "the namespace that holds the mount", check: .vaultPath)
        auth = section.section("auth", VaultAuthSettings.self, "how to log in; exactly one way")
        tls = section.section("tls", VaultTLSSettings.self, "whom to trust, and as whom to come")
        deadline = section.duration(
            "deadline", default: .seconds(2), in: .seconds(1)...(.seconds(30)),
            "how long a request to Vault may take, logging in and trying again included")
        refresh = section.duration(
            "refresh", default: .seconds(30), in: .seconds(1)...(.seconds(3600)),
            "how often a secret in use is looked at again")
        timeToLive = section.duration(
            "time_to_live", default: .seconds(3600), in: .seconds(1)...(.seconds(30 * 86_400)),
            "how long the last good value serves while Vault cannot confirm it")
        checkRelations(section)
    }

    private func checkRelations(_ section: SettingsReader) {
        if let problem = auth.problem {
            section.reject("auth", problem, fix: "write exactly one of token, approle, kubernetes, jwt")
        }
        guard timeToLive < refresh else { return }
        section.reject(
            "time_to_live", "must be at least as long as refresh", fix: "write \(DurationText.write(refresh)) or more")
    }

    private static let addressCheck = TextCheck(
        pattern: "^https?://", fix: "write https://host:port; http is only for an agent on this machine"
    ) { text in
        do throws(VaultAddress.Problem) {
            _ = try VaultAddress(reading: text)
            return nil
        } catch {
            return error.description
        }
    }
}

/// How a key-value engine keeps secrets: one value per path, or versions of it.
enum KVVersion: Sendable {
    case one
    case two
}

extension TextCheck {
    /// A path as Vault takes it, of a mount, a namespace or a role.
    static let vaultPath = TextCheck(
        pattern: "^[A-Za-z0-9._/-]+$", fix: "write it as Vault lists it, without a slash at either end"
    ) { VaultPath.problem(withPath: $0) }
}
