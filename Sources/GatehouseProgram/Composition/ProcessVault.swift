import EnvironmentSecrets
import FileSecrets
import Foundation
import Kernel
import Logging
import PluginKit
import VaultSecrets

/// A vault that keeps the process's own secrets, as a file describes it: the settings of the provider `vault`, the path
/// that holds the secrets, and the transit key, if one wraps the data keys.
struct ProcessVault: Sendable {
    let location: ProcessSecretsLocation
    let secrets: VaultKeyValue
    let transit: VaultTransit?
    /// What stands before the name of a secret: the path and `#`.
    let prefix: String
    private let connection: VaultConnection

    /// Reads the file. References in it lead to files beside it, or to variables `GATEHOUSE_…`.
    ///
    /// - Throws: ``ProcessVaultRefused`` with everything that is wrong with the file.
    init(path: String, environment: [String: String], logger: Logger) throws {
        let settings = try Self.read(path)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let references = ProcessReferences(
            files: try FileSecrets(directory: folder, logger: logger, now: SystemClock.now),
            variables: EnvironmentSecrets(prefix: "GATEHOUSE_", environment: environment))
        connection = try VaultConnection(
            settings: settings.vault, name: "process", secrets: references, host: .unrestricted,
            logger: logger, now: SystemClock.now)
        let connection = connection
        secrets = VaultKeyValue(connection: connection)
        transit = settings.transit.map { VaultTransit(connection: connection, mount: $0.mount, key: $0.key) }
        prefix = settings.path + "#"
        location = .vault(path)
    }

    func close() async {
        await secrets.stop()
        await connection.close()
    }

    private static func read(_ path: String) throws -> ProcessVaultSettings {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DocumentRefused(path, "cannot be read", fix: "--secrets vault:FILE names its settings")
        }
        do {
            let node = try SettingsParser.parse(Array(data))
            let (settings, reader) = SettingsReader.read(ProcessVaultSettings.self, from: node)
            guard reader.problems.isEmpty else { throw SettingsProblems(reader.problems) }
            return settings
        } catch let problems as SettingsProblems {
            throw DocumentRefused(path, problems.list)
        }
    }
}

/// The settings of the vault that keeps the process's own secrets.
///
/// - `path` (text, default `gatehouse`): the path whose fields are the secrets.
/// - `transit` (section, none): the key that wraps the tenants' data keys and never leaves Vault.
/// - All settings of the provider `vault`.
struct ProcessVaultSettings: ProviderSettings {
    let vault: VaultSettings
    let path: String
    let transit: TransitSettings?

    init(reading section: SettingsReader) {
        vault = VaultSettings(reading: section)
        path = section.text("path", default: "gatehouse", "the path whose fields are the process's secrets")
        transit = section.optionalSection(
            "transit", TransitSettings.self, "the key that wraps the tenants' data keys and never leaves Vault")
    }
}

/// A key of Vault's transit engine.
///
/// - `mount` (text, default `transit`): where the engine is mounted.
/// - `key` (text, default `gatehouse`): the name of the key, of type aes256-gcm96.
struct TransitSettings: ProviderSettings {
    let mount: String
    let key: String

    init(reading section: SettingsReader) {
        mount = section.text("mount", default: "transit", "where the transit engine is mounted")
        key = section.text("key", default: "gatehouse", "the name of the key, of type aes256-gcm96")
    }
}

/// What the settings of the process's vault may refer to.
private struct ProcessReferences: TenantSecrets {
    let files: FileSecrets
    let variables: EnvironmentSecrets

    func find(_ reference: SecretReference) async throws -> ResolvedSecret? {
        switch reference.backend {
        case "file": return try await files.resolve(reference.name)
        case "env": return try await variables.resolve(reference.name)
        default:
            throw SecretBackendError("finding the secret \(reference): here only file:NAME and env:NAME are followed")
        }
    }
}
