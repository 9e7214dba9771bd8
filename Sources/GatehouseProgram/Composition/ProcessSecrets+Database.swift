import PluginKit

/// The addresses of an outside database may be secrets themselves: `database-url`, `platform-database-url` and
/// `maintenance-database-url`, each with a previous value `…-previous`. Kept so, a password rotates without a restart.
extension ProcessSecrets {
    enum DatabaseName: String, CaseIterable {
        case app = "database-url"
        case platform = "platform-database-url"
        case maintenance = "maintenance-database-url"
        case migrator = "migration-database-url"

        var previous: String { rawValue + "-previous" }
    }

    /// The addresses that are kept here; `nil` where there is none of the application role.
    func databaseAddresses() async throws -> DatabaseAddresses? {
        guard let app = try await address(.app) else { return nil }
        return DatabaseAddresses(
            app: app, platform: try await address(.platform), maintenance: try await address(.maintenance),
            migrator: try await address(.migrator))
    }

    /// An address as it is now, and the one before it, where that is kept.
    func addressPair(_ name: DatabaseName) async throws -> (current: SecretText, previous: SecretText?)? {
        guard let current = try await address(name) else { return nil }
        let previous = try await secret(name.previous).map { SecretText(utf8: $0.value) }
        return (current, previous)
    }

    private func address(_ name: DatabaseName) async throws -> SecretText? {
        try await secret(name.rawValue).map { SecretText(utf8: $0.value) }
    }
}
