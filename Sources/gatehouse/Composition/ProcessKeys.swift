import Cryptography
import EnvironmentSecrets
import FileSecrets
import Foundation
import Kernel
import Logging
import PluginKit

/// The keys that belong to the process itself: the one that signs tenant contexts, and the one that wraps data keys.
/// Each may have a previous value, which is still accepted while it rotates.
struct ProcessKeys: Sendable {
    let context: [SecretBytes]
    let keyEncryption: KeyEncryptionKeys

    enum Name: String, CaseIterable {
        case context = "context-key"
        case keyEncryption = "key-encryption-key"

        var previous: String { rawValue + "-previous" }
    }

    /// Bytes of every key.
    static let sizeBytes = 32

    /// Reads the keys.
    ///
    /// - Parameter mayCreate: whether missing keys are made: on the very first start, when nothing depends on them yet.
    /// - Throws: ``ProcessKeysError`` that says which key is missing or unusable, and the command that makes one.
    static func load(
        from location: ProcessSecretsLocation, environment: [String: String], mayCreate: Bool, logger: Logger
    ) async throws -> ProcessKeys {
        if mayCreate { try createMissing(in: location, logger: logger) }
        let backend = try Self.backend(at: location, environment: environment, logger: logger)
        let context = try await values(of: .context, in: backend, at: location)
        let keyEncryption = try await values(of: .keyEncryption, in: backend, at: location)
        let keys = keyEncryption.map { $0.withExposedBytes { KeyBytes($0) } }
        return ProcessKeys(context: context, keyEncryption: try KeyEncryptionKeys(keys))
    }

    /// The keys of an installation. Missing ones are made where they cannot be missed: for a private cluster that is
    /// about to be made itself, and in development.
    static func load(_ settings: ProcessSettings, home: DatabaseHome, logger: Logger) async throws -> ProcessKeys {
        try PrivateFiles.makeDataFolder(settings.data)
        return try await load(
            from: settings.secrets, environment: ProcessInfo.processInfo.environment,
            mayCreate: home.isNew || settings.isDevelopment, logger: logger)
    }

    private static func backend(
        at location: ProcessSecretsLocation, environment: [String: String], logger: Logger
    ) throws -> any SecretBackend {
        switch location {
        case .folder(let folder): try FileSecrets(directory: folder, logger: logger)
        case .environment: EnvironmentSecrets(prefix: "GATEHOUSE_", environment: environment)
        }
    }

    /// The current value first, then the previous one, if any.
    private static func values(
        of name: Name, in backend: any SecretBackend, at location: ProcessSecretsLocation
    ) async throws -> [SecretBytes] {
        guard let current = try await backend.resolve(location.name(of: name.rawValue)) else {
            throw ProcessKeysError.missing(name, location)
        }
        let previous = try await backend.resolve(location.name(of: name.previous))
        return try [current, previous].compactMap { $0 }.map { secret in
            guard let key = decode(secret.value) else { throw ProcessKeysError.unusable(name, location) }
            return key
        }
    }

    /// A key is 32 bytes, written as 64 hexadecimal digits.
    private static func decode(_ value: SecretBytes) -> SecretBytes? {
        value.withExposedBytes { Hexadecimal.decode($0) }.flatMap { $0.count == sizeBytes ? SecretBytes($0) : nil }
    }

    private static func createMissing(in location: ProcessSecretsLocation, logger: Logger) throws {
        guard case .folder(let folder) = location else { return }
        try PrivateFiles.makeFolder(folder)
        for name in Name.allCases where !FileManager.default.fileExists(atPath: "\(folder)/\(name.rawValue)") {
            let key = Hexadecimal.encode(try Randomness.bytes(sizeBytes))
            try PrivateFiles.write(key + "\n", to: "\(folder)/\(name.rawValue)")
            logger.notice(
                "made a process key; keep a copy of it apart from the database's backups",
                metadata: [
                    "file": "\(folder)/\(name.rawValue)"
                ])
        }
    }
}

/// A process key that cannot be had.
enum ProcessKeysError: Error, CustomStringConvertible {
    case missing(ProcessKeys.Name, ProcessSecretsLocation)
    case unusable(ProcessKeys.Name, ProcessSecretsLocation)

    var description: String {
        switch self {
        case .missing(let name, .folder(let folder)):
            """
            the process key \(name.rawValue) is missing from \(folder); if this installation has none yet, make it with
                install -d -m 700 \(folder) && (umask 077; openssl rand -hex 32 > \(folder)/\(name.rawValue))
            and if the database holds data already, restore the key from your backup: no other key opens it
            """
        case .missing(let name, .environment):
            """
            the process key \(name.rawValue) is missing: set \(ProcessSecretsLocation.environment.variable(of: name)) \
            to the output of
                openssl rand -hex 32
            """
        case .unusable(let name, _):
            "the process key \(name.rawValue) must be 64 hexadecimal digits, as `openssl rand -hex 32` writes them"
        }
    }
}

extension ProcessSecretsLocation {
    /// What the backend calls a key: `context-key` in a folder, `CONTEXT_KEY` in the environment.
    fileprivate func name(of key: String) -> String {
        switch self {
        case .folder: key
        case .environment: key.uppercased().replacing("-", with: "_")
        }
    }

    fileprivate func variable(of key: ProcessKeys.Name) -> String { "GATEHOUSE_" + name(of: key.rawValue) }
}
