import PluginKit

/// How to log in to Vault: exactly one of the ways that this section names.
///
/// - `token` (section): a token that somebody else made. `secret` (reference): where it is kept.
/// - `approle` (section): see ``AppRoleSettings``.
/// - `kubernetes` (section): see ``BearerSettings``; its mount is `kubernetes` by default.
/// - `jwt` (section): see ``BearerSettings``; its mount is `jwt` by default.
struct VaultAuthSettings: ProviderSettings {
    /// A way to log in.
    enum Method: Sendable {
        case token(SecretReference)
        case appRole(AppRoleSettings)
        case bearer(BearerSettings, mount: String)
    }

    /// `nil` where the section names no way, or more than one; that is a problem of the section.
    let method: Method?
    private let namedWays: Int

    init(reading section: SettingsReader) {
        let token = section.optionalSection("token", TokenSettings.self, "a token that somebody else made")
        let appRole = section.optionalSection("approle", AppRoleSettings.self, "a role and a secret id")
        let kubernetes = section.optionalSection(
            "kubernetes", BearerSettings.self, "the service account of a pod; the mount is kubernetes by default")
        let jwt = section.optionalSection(
            "jwt", BearerSettings.self, "a token of another issuer, from a file; the mount is jwt by default")
        let ways: [Method] = [
            token.flatMap { $0.secret.map(Method.token) }, appRole.map(Method.appRole),
            kubernetes.map { .bearer($0, mount: $0.mount ?? "kubernetes") },
            jwt.map { .bearer($0, mount: $0.mount ?? "jwt") },
        ].compactMap { $0 }
        method = ways.count == 1 ? ways[0] : nil
        namedWays = [token != nil, appRole != nil, kubernetes != nil, jwt != nil].count { $0 }
    }

    /// What is wrong with the section as such.
    var problem: String? {
        switch namedWays {
        case 0: "must name a way to log in"
        case 1: nil
        default: "must name one way to log in, names \(namedWays)"
        }
    }
}

/// A token that somebody else made, kept where other secrets are.
struct TokenSettings: ProviderSettings {
    let secret: SecretReference?

    init(reading section: SettingsReader) {
        secret = section.requiredSecret("secret", "where the token is kept")
    }
}

/// The AppRole method: a role, and a secret id that may come wrapped.
///
/// - `role_id` (text, required): the role's id.
/// - `secret_id` (reference, required): where the secret id is kept, or the token that wraps it.
/// - `wrapped` (boolean, default false): whether that is a wrapping token, to be unwrapped once.
/// - `creation_path` (text, none): where the wrapped secret id was made; required where `wrapped` is true.
/// - `mount` (text, default `approle`): where the method is mounted.
struct AppRoleSettings: ProviderSettings {
    let roleID: String
    let secretID: SecretReference?
    let creationPath: String?
    let mount: String

    init(reading section: SettingsReader) {
        roleID = section.requiredText("role_id", "the role's id", check: .notEmpty)
        secretID = section.requiredSecret("secret_id", "where the secret id is kept, or the token that wraps it")
        let isWrapped = section.boolean("wrapped", default: false, "whether secret_id is a wrapping token")
        let path = section.optionalText(
            "creation_path", "where the wrapped secret id was made: auth/approle/role/acme/secret-id", check: .vaultPath
        )
        mount = section.text("mount", default: "approle", "where the method is mounted", check: .vaultPath)
        creationPath = isWrapped ? path : nil
        if isWrapped, path == nil {
            section.reject(
                "creation_path", "is missing, and tells a planted secret id from the real one",
                fix: "add `creation_path: auth/approle/role/<role>/secret-id`")
        }
    }
}

/// The methods that take a signed token from a file: `kubernetes` and `jwt`.
///
/// - `role` (text, required): the role to log in as.
/// - `token_file` (text, default the service account's): the file, read anew at each login.
/// - `mount` (text, the method's name by default): where the method is mounted.
struct BearerSettings: ProviderSettings {
    let role: String
    let tokenFile: String
    /// The setting of ``tokenFile`` as errors call it.
    let place: String
    let mount: String?

    init(reading section: SettingsReader) {
        role = section.requiredText("role", "the role to log in as", check: .notEmpty)
        place = section.place(of: "token_file")
        tokenFile = section.text(
            "token_file", default: "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "the file with the signed token, read anew at each login", check: .notEmpty)
        mount = section.optionalText("mount", "where the method is mounted", check: .vaultPath)
    }
}

extension TextCheck {
    static let notEmpty = TextCheck(fix: "write some text") { $0.utf8.isEmpty ? "must not be empty" : nil }
}

extension SettingsReader {
    /// As `secret(_:_:)`, and a problem where the key is left out.
    fileprivate func requiredSecret(_ key: String, _ meaning: String) -> SecretReference? {
        let before = problems.count
        let reference = secret(key, meaning)
        if reference == nil, problems.count == before {
            reject(key, "is missing", fix: "add `\(key): file:NAME` or `\(key): env:NAME` (\(meaning))")
        }
        return reference
    }
}
