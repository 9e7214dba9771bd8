package import PluginKit

/// Every provider that this build contains, by role and name.
///
/// Filled once, at the composition root, one line per provider; the compiler checks that a provider plays its role.
///
/// This folder owns the way from the text of a document to prepared providers, and the descriptions of all settings;
/// which sections a document has is the affair of `Tenants`.
package struct ProviderCatalog: Sendable {
    package private(set) var secretBackends = RoleTable<any SecretBackend>()
    package private(set) var passwords = RoleTable<PasswordProvider>()
    package private(set) var enrollableFactors = RoleTable<any EnrollableFactor>()
    package private(set) var backupFactors = RoleTable<any BackupFactor>()
    package private(set) var keyAuthenticators = RoleTable<any KeyAuthenticator>()
    private var backendTypes: [String: any SecretBackend.Type] = [:]
    private var factorKinds: [ProviderName: FactorKind] = [:]

    package init() {}

    /// Registers a keeper of secrets, for the section `secrets`.
    package mutating func add<P: Provider & SecretBackend>(secrets provider: P.Type) {
        secretBackends.add(provider) { $0 }
        backendTypes[P.name.rawValue] = provider
    }

    /// Registers a way to sign in by password, for the section `sign_in`.
    package mutating func add<P: Provider & PasswordAuthenticator & PasswordKeeper>(password provider: P.Type) {
        passwords.add(provider) { PasswordProvider(authenticator: $0, keeper: $0) }
    }

    /// Registers a second factor that people set up, for the section `sign_in`.
    package mutating func add<P: Provider & EnrollableFactor>(factor provider: P.Type) {
        enrollableFactors.add(provider) { $0 }
        factorKinds[P.name] = P.kind
    }

    /// Registers codes to fall back on, for the section `sign_in`.
    package mutating func add<P: Provider & BackupFactor>(backup provider: P.Type) {
        backupFactors.add(provider) { $0 }
        factorKinds[P.name] = P.kind
    }

    /// Registers the one form that API keys have, for the section that is called as the provider is.
    package mutating func add<P: Provider & KeyAuthenticator>(keys provider: P.Type) {
        precondition(keyAuthenticators.entries.isEmpty, "API keys have one form; '\(P.name)' is another")
        keyAuthenticators.add(provider) { $0 }
    }

    /// Every statement of every provider, so that all can be checked against the schema.
    package var statements: [any Statement.Type] {
        secretBackends.statements + passwords.statements + enrollableFactors.statements + backupFactors.statements
            + keyAuthenticators.statements
    }

    /// The kind of second factor that a provider checks; `nil` for one that checks none.
    func factorKind(of provider: ProviderName) -> FactorKind? { factorKinds[provider] }

    /// What is wrong with the name of `reference` in the eyes of its backend; `nil` where nothing is known against it.
    func nameProblem(of reference: SecretReference) -> String? {
        backendTypes[reference.backend]?.nameProblem(reference.name)
    }
}

/// A provider that both checks and keeps passwords.
package struct PasswordProvider: Sendable {
    package let authenticator: any PasswordAuthenticator
    package let keeper: any PasswordKeeper
}
