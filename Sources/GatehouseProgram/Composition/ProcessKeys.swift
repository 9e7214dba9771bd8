import Cryptography
import Foundation
import Kernel
import Logging
import PluginKit

/// The keys that belong to the process itself: the one that signs tenant contexts, and the one that wraps data keys.
/// Each may have a previous value, which is still accepted while it rotates.
struct ProcessKeys: Sendable {
    /// The current key first.
    let context: [SecretBytes]
    /// The one that wraps comes first.
    let wrappers: KeyEncryption.Wrappers

    enum Name: String, CaseIterable {
        case context = "context-key"
        case keyEncryption = "key-encryption-key"

        var previous: String { rawValue + "-previous" }
    }

    /// Bytes of every key.
    static let sizeBytes = 32

    /// Reads the keys as they are now. With a transit key, a key-encryption key of the process's own only unwraps.
    ///
    /// - Throws: ``ProcessKeysError`` that says which key is missing or unusable, and the command that makes one.
    static func read(from secrets: ProcessSecrets) async throws -> ProcessKeys {
        let context = try await values(of: .context, in: secrets)
        guard !context.isEmpty else { throw ProcessKeysError.missing(.context, secrets.location) }
        let own = try await values(of: .keyEncryption, in: secrets).map { $0.withExposedBytes { KeyBytes($0) } }
        var wrappers: KeyEncryption.Wrappers = secrets.transit.map { [$0] } ?? []
        if !own.isEmpty { wrappers.append(try KeyEncryptionKeys(own)) }
        guard !wrappers.isEmpty else { throw ProcessKeysError.missing(.keyEncryption, secrets.location) }
        return ProcessKeys(context: context, wrappers: wrappers)
    }

    var contextKeys: [KeyBytes] { context.map { $0.withExposedBytes { KeyBytes($0) } } }

    /// The current value first, then the previous one, if any; none where there is no current value.
    private static func values(of name: Name, in secrets: ProcessSecrets) async throws -> [SecretBytes] {
        guard let current = try await secrets.secret(name.rawValue) else { return [] }
        let previous = try await secrets.secret(name.previous)
        return try [current, previous].compactMap { $0 }.map { secret in
            guard let key = decode(secret.value) else { throw ProcessKeysError.unusable(name, secrets.location) }
            return key
        }
    }

    /// A key is 32 bytes, written as 64 hexadecimal digits.
    private static func decode(_ value: SecretBytes) -> SecretBytes? {
        value.withExposedBytes { Hexadecimal.decode($0) }.flatMap { $0.count == sizeBytes ? SecretBytes($0) : nil }
    }

    /// Makes the keys that are missing from a folder; other keepers are never written to.
    static func createMissing(in location: ProcessSecretsLocation, logger: Logger) throws {
        guard case .folder(let folder) = location else { return }
        try PrivateFiles.makeFolder(folder)
        for name in Name.allCases where !FileManager.default.fileExists(atPath: "\(folder)/\(name.rawValue)") {
            try PrivateFiles.write(try newKey(), to: "\(folder)/\(name.rawValue)")
            logger.notice(
                "made a process key; keep a copy of it apart from the database's backups",
                metadata: ["file": "\(folder)/\(name.rawValue)"])
        }
    }

    /// Puts a new key in the place of the current one, which becomes the previous one. Only for keys in a folder.
    ///
    /// The previous key is written first, so that no moment is without either.
    static func replace(_ name: Name, in folder: String) throws {
        let current = try Data(contentsOf: URL(filePath: "\(folder)/\(name.rawValue)"))
        try PrivateFiles.replace(String(decoding: current, as: UTF8.self), at: "\(folder)/\(name.previous)")
        try PrivateFiles.replace(try newKey(), at: "\(folder)/\(name.rawValue)")
    }

    private static func newKey() throws -> String { Hexadecimal.encode(try Randomness.bytes(sizeBytes)) + "\n" }
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
            the process key \(name.rawValue) is missing: set \(ProcessSecretsLocation.environment.variable(of: name.rawValue)) \
            to the output of
                openssl rand -hex 32
            """
        case .missing(let name, .vault(let path)):
            """
            the process key \(name.rawValue) is missing: add a field \(name.rawValue) with the output of
                openssl rand -hex 32
            to the path that \(path) names, with `vault kv put` where nothing is there yet, and else with `vault kv patch`
            """
        case .unusable(let name, _):
            "the process key \(name.rawValue) must be 64 hexadecimal digits, as `openssl rand -hex 32` writes them"
        }
    }
}
