import Foundation
package import PluginKit
import Synchronization

/// Wraps data keys with a key of Vault's transit engine, which never leaves Vault.
///
/// The binding travels as associated data, so a wrapped key unwraps at its own place only. A wrapped key is the text
/// `vault:v<N>:…` that Vault gave; its key is named `vault:<mount>/<key>:v<N>`.
package final class VaultTransit: KeyWrapper {
    private struct Current {
        let version: Int
        let readAt: Date
    }

    private let connection: VaultConnection
    private let mount: String
    private let key: String
    private let current = Mutex<Current?>(nil)

    /// - Parameters:
    ///   - mount: where the transit engine is mounted, most often `transit`.
    ///   - key: the name of a key that exists, of type aes256-gcm96 or another with associated data.
    package init(connection: VaultConnection, mount: String, key: String) {
        self.connection = connection
        self.mount = mount
        self.key = key
    }

    package func currentKeyID() async throws -> String {
        let now = connection.clock.now()
        let known = current.withLock { $0 }
        if let known, now < known.readAt + connection.settings.refresh.inSeconds { return keyID(known.version) }
        let version = try await latestVersion()
        current.withLock { $0 = Current(version: version, readAt: now) }
        return keyID(version)
    }

    package func wrap(_ key: SecretBytes, binding: [UInt8]) async throws -> WrappedKey {
        // Encrypting under a name that is not there would make a key of that name, where the policy allows it.
        if current.withLock({ $0 == nil }) { _ = try await currentKeyID() }
        let fields = ["plaintext": Self.base64(key), "associated_data": Self.base64(SecretBytes(binding))]
        let answer = try await send(.post("\(mount)/encrypt/\(self.key)", fields, isRepeatable: true))
        guard answer.status == 200 else {
            throw unavailable("wrapping a key", answer.status == 404 ? .noMount : .refused(status: answer.status))
        }
        let ciphertext = try decoded(EncryptBody.self, answer, "wrapping a key").data.ciphertext
        guard let version = Ciphertext.version(of: Array(ciphertext.utf8)) else {
            throw unavailable("wrapping a key", .notVault(status: answer.status))
        }
        return WrappedKey(wrapperKeyID: keyID(version), bytes: Array(ciphertext.utf8))
    }

    package func unwrap(_ wrapped: WrappedKey, binding: [UInt8]) async throws -> SecretBytes {
        guard wrapped.wrapperKeyID.utf8.starts(with: keyPrefix.utf8) else {
            throw KeyWrapperError.unknownKey(id: wrapped.wrapperKeyID)
        }
        guard let version = Ciphertext.version(of: wrapped.bytes), keyID(version) == wrapped.wrapperKeyID else {
            throw KeyWrapperError.refused
        }
        let fields = [
            "ciphertext": SecretText(utf8: SecretBytes(wrapped.bytes)),
            "associated_data": Self.base64(SecretBytes(binding)),
        ]
        let answer = try await send(.post("\(mount)/decrypt/\(key)", fields, isRepeatable: true))
        guard answer.status == 200 else { throw refusal(answer, of: wrapped) }
        let text = try decoded(DecryptBody.self, answer, "unwrapping a key").data.plaintext
        guard let plaintext = Data(base64Encoded: text) else {
            throw unavailable("unwrapping a key", .notVault(status: answer.status))
        }
        return SecretBytes(plaintext)
    }

    // MARK: Parts

    private func latestVersion() async throws -> Int {
        let task = "looking at the transit key \(key)"
        for part in [mount, key] {
            if let problem = VaultPath.problem(withPath: part) {
                throw KeyWrapperError.unavailable(reason: "\(task): its mount and name: each \(problem)")
            }
        }
        let answer = try await send(.get("\(mount)/keys/\(key)"), task)
        guard answer.status == 200 else {
            throw KeyWrapperError.unavailable(
                reason: "\(task): there is none; create it with `vault write -f \(mount)/keys/\(key) type=aes256-gcm96`"
            )
        }
        let found = try decoded(KeyBody.self, answer, task).data
        guard found.bindsAssociatedData else {
            throw KeyWrapperError.unavailable(
                reason: "\(task): its type takes no associated data, or it is derived; use a key of type aes256-gcm96")
        }
        return found.latestVersion
    }

    private func send(_ request: VaultRequest, _ task: String = "using a transit key") async throws -> VaultAnswer {
        do throws(VaultProblem) {
            return try await connection.send(request)
        } catch .cancelled {
            throw CancellationError()
        } catch {
            throw unavailable(task, error)
        }
    }

    /// What a refused decryption means. Where Vault gives no clear reason, the wrapped key is not to be trusted.
    private func refusal(_ answer: VaultAnswer, of wrapped: WrappedKey) -> KeyWrapperError {
        guard answer.status == 400, let notes = answer.notes else {
            return unavailable("unwrapping a key", answer.status == 404 ? .noMount : .refused(status: answer.status))
        }
        let lacksKey = ["key not found", "too old", "too new"].contains { notes.mention($0) }
        return lacksKey ? .unknownKey(id: wrapped.wrapperKeyID) : .refused
    }

    private func decoded<Body: Decodable>(_ type: Body.Type, _ answer: VaultAnswer, _ task: String) throws -> Body {
        do throws(VaultProblem) {
            return try answer.decoded(type)
        } catch {
            throw unavailable(task, error)
        }
    }

    private func unavailable(_ task: String, _ problem: VaultProblem) -> KeyWrapperError {
        .unavailable(reason: "\(task): \(problem)")
    }

    private var keyPrefix: String { "vault:\(mount)/\(key):v" }

    private func keyID(_ version: Int) -> String { "\(keyPrefix)\(version)" }

    private static func base64(_ bytes: SecretBytes) -> SecretText {
        SecretText(bytes.withExposedBytes { Data($0).base64EncodedString() })
    }
}

/// The text that transit gives for a ciphertext.
private enum Ciphertext {
    /// The version of the key in `vault:v<N>:…`; `nil` for other bytes.
    static func version(of bytes: [UInt8]) -> Int? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("vault".utf8), parts[1].first == UInt8(ascii: "v"),
            !parts[2].isEmpty
        else { return nil }
        let digits = parts[1].dropFirst()
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

private struct KeyBody: Decodable {
    struct Key: Decodable {
        let latestVersion: Int
        let type: String
        let isDerived: Bool?

        enum CodingKeys: String, CodingKey {
            case latestVersion = "latest_version"
            case type
            case isDerived = "derived"
        }

        var bindsAssociatedData: Bool {
            ["aes128-gcm96", "aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305"].contains(type)
                && isDerived != true
        }
    }

    let data: Key
}

private struct EncryptBody: Decodable {
    struct Ciphertext: Decodable { let ciphertext: String }
    let data: Ciphertext
}

private struct DecryptBody: Decodable {
    struct Plaintext: Decodable { let plaintext: String }
    let data: Plaintext
}
