import Cryptography
package import PluginKit

/// A tenant as its document describes it: read and sound, with nothing opened yet.
///
/// This folder owns a tenant's way from a document to an open ``Tenant``, and the registry of those that are served.
package struct TenantPlan: Sendable {
    package let slug: TenantSlug
    package let name: String
    /// The login that is invited as owner while the tenant has none.
    package let firstOwner: String?
    /// The audience of access tokens; `nil` means the issuer.
    package let audience: String?
    package let policy: TenantPolicy
    /// The web origins that may call from a browser, to be compared byte by byte.
    package let corsOrigins: [String]
    /// The domains that the tenant answers under, beside its path.
    package let domains: [DeclaredDomain]
    package let signUp: SignUpPolicy
    package let passwords: PreparedProvider<PasswordProvider>
    /// In the order of the document.
    package let enrollableFactors: [PreparedProvider<any EnrollableFactor>]
    package let backupFactors: [PreparedProvider<any BackupFactor>]
    /// `nil` where the program has no API keys.
    package let keys: PreparedProvider<any KeyAuthenticator>?
    /// In the order of the document, which is the order of opening.
    package let secretBackends: [PreparedSecretBackend]
    /// Every secret that the document refers to, once each, in the order of the document.
    package let secretReferences: [SecretReference]
    /// Those among them that nothing suffers from where nothing is there.
    package let spareSecrets: Set<SecretReference>
    /// Who can have written the document.
    package enum Origin: Sendable {
        /// Somebody who writes to the disk of the host.
        case host
        /// Somebody who sent it to the API, or gave it to a command that stored it beside those.
        case database
    }

    package let origin: Origin
    /// Where the document stands: `tenants/acme.yaml`.
    package let source: String
    /// The document as it was read, in YAML.
    package let document: [UInt8]
    /// SHA-256 of the document: plans with the same digest and slug mean the same.
    package let digest: [UInt8]

    /// Reads a document. `title` is what its slug must be: the name of its file without the ending.
    ///
    /// - Throws: everything that is wrong with the document.
    package init(
        document bytes: [UInt8], title: String, source: String, origin: Origin, catalog: ProviderCatalog
    ) throws(SettingsProblems) {
        let root = try SettingsParser.parse(bytes)
        let document = TenantDocument(reading: SettingsReader(root), title: title, catalog: catalog)
        guard document.problems.isEmpty, let slug = document.slug, let passwords = document.signIn.passwords else {
            throw SettingsProblems(document.problems)
        }
        self.slug = slug
        self.passwords = passwords
        enrollableFactors = document.signIn.enrollableFactors
        backupFactors = document.signIn.backupFactors
        self.source = source
        self.origin = origin
        name = document.name
        firstOwner = document.firstOwner
        audience = document.audience
        policy = document.policy
        keys = document.keys
        corsOrigins = document.corsOrigins
        domains = document.domains
        signUp = document.signUp
        secretBackends = document.secretBackends
        secretReferences = document.secretReferences
        spareSecrets = document.spareSecrets
        self.document = bytes
        digest = SHA256Digest.of(bytes)
    }

    /// Everything that a document may hold, for its schema and its reference.
    package static func fields(of catalog: ProviderCatalog) -> [SettingsField] {
        TenantDocument.fields(of: catalog)
    }
}
