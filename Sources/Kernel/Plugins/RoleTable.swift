package import PluginKit

/// The providers that can play one role, in the order in which they were registered.
///
/// The only place where a concrete provider type is forgotten.
package struct RoleTable<Role: Sendable>: Sendable {
    private(set) var entries: [Entry] = []

    struct Entry: Sendable {
        let name: ProviderName
        /// What the provider's section may hold.
        let fields: [SettingsField]
        let statements: [any Statement.Type]
        /// Reads the section at a path; what was read counts only where the reader has no problems.
        let read: @Sendable (SettingsNode, String) -> (provider: PreparedProvider<Role>, reader: SettingsReader)
    }

    init() {}

    var statements: [any Statement.Type] { entries.flatMap(\.statements) }

    /// Registers a provider; `role` shows it in its role. To register a name twice is a mistake of the program.
    mutating func add<P: Provider>(_ provider: P.Type, as role: @escaping @Sendable (P) -> Role) {
        precondition(!entries.contains { $0.name == P.name }, "the provider '\(P.name)' is registered twice")
        let entry = Entry(
            name: P.name, fields: SettingsReader.describe(P.Settings.self), statements: P.statements
        ) { node, path in
            let (settings, reader) = SettingsReader.read(P.Settings.self, from: node, path: path)
            let prepared = PreparedProvider<Role>(name: P.name, secrets: reader.secrets) { context in
                let provider = try await P(settings: settings, context: context)
                return OpenProvider(role: role(provider), close: { await provider.close() })
            }
            return (prepared, reader)
        }
        entries.append(entry)
    }
}

/// A provider whose settings are read and sound, waiting for its context.
package struct PreparedProvider<Role: Sendable>: Sendable {
    package let name: ProviderName
    /// The secrets that its settings refer to.
    let secrets: [SettingsReader.FoundSecret]
    /// Opens the provider for the one tenant that the context belongs to.
    package let open: @Sendable (ProviderContext) async throws -> OpenProvider<Role>
}

/// A provider at work, in its role.
package struct OpenProvider<Role: Sendable>: Sendable {
    package let role: Role
    /// Gives back what it holds open elsewhere.
    package let close: @Sendable () async -> Void
}

/// A keeper of secrets whose settings are read and sound.
package typealias PreparedSecretBackend = PreparedProvider<any SecretBackend>
