import PluginKit

/// The schema of a tenant's document: its keys, their rules, and what was written.
///
/// - `tenant` (slug, required): the tenant's short name; a file is named after it.
/// - `name` (text, required): the tenant's name as people read it.
/// - `first_owner` (login, default nobody): who is invited as owner while the tenant has none.
/// - `audience` (text, default the issuer): the audience of access tokens.
/// - `secrets`, `sign_in` (sections): names of providers, each with that provider's settings.
/// - `policy` (section): see ``TenantPolicy``.
/// - `api_keys` (section): settings of the provider of API keys.
/// - `cors.origins` (list of origins, default none): which web pages may call from a browser.
/// - `sign_up` (section): see ``SignUpPolicy``.
/// - `domains` (list of domains, default none): see ``DeclaredDomain``.
struct TenantDocument {
    /// `nil` where the document has none that is sound.
    let slug: TenantSlug?
    let name: String
    let firstOwner: String?
    let audience: String?
    let secretBackends: [PreparedSecretBackend]
    let signIn: SignInSection
    let policy: TenantPolicy
    /// `nil` where the program has no API keys.
    let keys: PreparedProvider<any KeyAuthenticator>?
    let corsOrigins: [String]
    let domains: [DeclaredDomain]
    let signUp: SignUpPolicy
    /// Every secret that is referred to, once each.
    let secretReferences: [SecretReference]
    /// Those among them that nothing suffers from where nothing is there.
    let spareSecrets: Set<SecretReference>
    /// Everything that is wrong, in the order of its lines. While there is any, the rest are stand-ins.
    let problems: [SettingsProblem]

    /// Reads the document to its end, touching nothing else. `title` is what its slug must be: the name of its file.
    init(reading reader: SettingsReader, title: String, catalog: ProviderCatalog) {
        slug = Self.readSlug(reader, title: title)
        name = reader.requiredText("name", "the tenant's name as people read it", check: Self.nameCheck)
        firstOwner = reader.optionalText(
            "first_owner", "the login that is invited as owner while the tenant has none", check: Self.loginCheck)
        audience = reader.optionalText(
            "audience", "the audience of access tokens, instead of the issuer", check: Self.audienceCheck)
        secretBackends = Self.readSecrets(reader, catalog)
        signIn = SignInSection(reading: reader, catalog: catalog)
        let policy = reader.section(
            "policy", TenantPolicy.self, "what the tenant demands of sign-ins, sessions and keys")
        self.policy = policy.with(signIn.checked(policy.secondFactor, in: reader, catalog: catalog))
        keys = Self.readKeys(reader, catalog)
        corsOrigins =
            reader.section("cors", CrossOriginSettings.self, "which web pages may call from a browser").origins
        domains = DeclaredDomain.read(reader)
        signUp = reader.section(
            "sign_up", SignUpPolicy.self, "whether strangers may ask to become people of the tenant")
        reader.finish()
        var known: Set<SecretReference> = []
        secretReferences = reader.secrets.map(\.reference).filter { known.insert($0).inserted }
        spareSecrets = Set(secretReferences)
            .subtracting(reader.secrets.filter { !$0.mayBeAbsent }.map(\.reference))
        let references = SecretReferences(backends: secretBackends, all: reader.secrets)
        problems = (reader.problems + references.problems(in: catalog)).sorted {
            ($0.line, $0.key, $0.message) < ($1.line, $1.key, $1.message)
        }
    }

    private static func readSlug(_ reader: SettingsReader, title: String) -> TenantSlug? {
        let text = reader.requiredText(
            "tenant", "the tenant's short name, as its file is called", check: TenantSlug.check)
        guard let slug = TenantSlug(text) else { return nil }
        if !slug.text.utf8.elementsEqual(title.utf8) {
            reader.reject(
                "tenant", "must be `\(title)`, as the file is called, is `\(slug)`",
                fix: "write the file's name here, or call the file \(slug).yaml")
        }
        return slug
    }

    /// Without a section, its defaults hold: who may make keys is a matter of permissions.
    private static func readKeys(
        _ reader: SettingsReader, _ catalog: ProviderCatalog
    ) -> PreparedProvider<any KeyAuthenticator>? {
        guard let entry = catalog.keyAuthenticators.entries.first else { return nil }
        let name = entry.name.rawValue
        let node = reader.node(name, shape: .section(entry.fields), "how the tenant's API keys look and last")
        let (provider, settings) = entry.read(node ?? SettingsNode(.null, line: reader.line), name)
        reader.absorb(settings)
        return provider
    }

    private static func readSecrets(_ reader: SettingsReader, _ catalog: ProviderCatalog) -> [PreparedSecretBackend] {
        let fields = ProviderSection.fields(of: catalog.secretBackends)
        let node = reader.node("secrets", shape: .section(fields), "where the tenant's secrets are kept, by provider")
        let section = ProviderSection(node, path: "secrets", line: reader.line)
        let backends = section.providers(from: catalog.secretBackends)
        section.finish(into: reader)
        return backends
    }
}

extension TenantDocument {
    /// What a tenant's document may hold, in the order in which it is best written.
    static func fields(of catalog: ProviderCatalog) -> [SettingsField] {
        let reader = SettingsReader(SettingsNode(.null, line: 1))
        _ = TenantDocument(reading: reader, title: "", catalog: catalog)
        return reader.fields
    }

    private static let nameCheck = TextCheck(fix: "write the tenant's name") {
        DisplayName($0) == nil ? DisplayName.problem : nil
    }

    private static let loginCheck = TextCheck(fix: "write a login such as an e-mail address", problem: Login.problem)

    private static let audienceCheck = TextCheck(pattern: "^[!-~]{1,255}$", fix: "write a name or an address") { text in
        let isVisible = text.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        return isVisible && (1...255).contains(text.utf8.count) ? nil : "must be 1 to 255 visible ASCII characters"
    }
}

private struct CrossOriginSettings: ProviderSettings {
    let origins: [String]

    init(reading section: SettingsReader) {
        origins = section.texts(
            "origins", default: [], "the origins whose pages may call from a browser, each exact",
            check: WebOrigin.check)
    }
}
