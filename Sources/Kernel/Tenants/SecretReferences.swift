import PluginKit

/// The references to secrets in one document: each must be one that the tenant's own backends can follow.
struct SecretReferences {
    /// In the order in which they are opened.
    let backends: [PreparedSecretBackend]
    let all: [SettingsReader.FoundSecret]

    /// What cannot be followed. A backend's own settings may refer only to backends that are opened before it.
    func problems(in catalog: ProviderCatalog) -> [SettingsProblem] {
        var opened: Set<String> = []
        var problems: [SettingsProblem] = []
        for backend in backends {
            problems += backend.secrets.filter { !opened.contains($0.reference.backend) }.map(Self.notYetOpen)
            opened.insert(backend.name.rawValue)
        }
        let ownKeys = Set(backends.flatMap(\.secrets).map(\.key))
        let others = all.filter { !ownKeys.contains($0.key) }
        problems += others.filter { !opened.contains($0.reference.backend) }.map(Self.unlisted)
        return problems + all.filter { opened.contains($0.reference.backend) }.compactMap { misnamed($0, catalog) }
    }

    // What stands before the colon may be half of a literal secret, so neither message repeats it.

    private static func notYetOpen(_ secret: SettingsReader.FoundSecret) -> SettingsProblem {
        SettingsProblem(
            line: secret.line, key: secret.key,
            message: "refers to a backend that `secrets` does not list before this one",
            fix: "list it first; a secret itself is never written here")
    }

    private static func unlisted(_ secret: SettingsReader.FoundSecret) -> SettingsProblem {
        SettingsProblem(
            line: secret.line, key: secret.key, message: "refers to a backend that `secrets` does not list",
            fix: "list it there; a secret itself is never written here")
    }

    private func misnamed(_ secret: SettingsReader.FoundSecret, _ catalog: ProviderCatalog) -> SettingsProblem? {
        catalog.nameProblem(of: secret.reference).map {
            SettingsProblem(
                line: secret.line, key: secret.key,
                message: "has a name that `\(secret.reference.backend)` refuses: \($0)",
                fix: "write a name that the backend takes")
        }
    }
}
