package import Cryptography
package import PluginKit

/// Key-encryption keys that this process holds itself: one that wraps, and a previous one that still unwraps.
package struct KeyEncryptionKeys: KeyWrapper {
    package static let sizeBytes = 32

    private let current: (id: String, key: KeyBytes)
    private let all: [String: KeyBytes]

    /// - Parameter keys: the current key first; each of ``sizeBytes`` bytes.
    package init(_ keys: [KeyBytes]) throws {
        guard let first = keys.first, keys.allSatisfy({ $0.count == Self.sizeBytes }) else {
            throw KeyringError.malformed
        }
        current = (Self.identifier(of: first), first)
        all = Dictionary(keys.map { (Self.identifier(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func currentKeyID() -> String { current.id }

    package func wrap(_ key: SecretBytes, binding: [UInt8]) throws -> WrappedKey {
        let sealed = try AES256GCM.seal(
            key.withExposedBytes(Array.init), key: current.key, authenticating: Self.bound(binding, current.id))
        return WrappedKey(wrapperKeyID: current.id, bytes: sealed)
    }

    package func unwrap(_ wrapped: WrappedKey, binding: [UInt8]) throws -> SecretBytes {
        guard let key = all[wrapped.wrapperKeyID] else { throw KeyWrapperError.unknownKey(id: wrapped.wrapperKeyID) }
        do {
            let bound = Self.bound(binding, wrapped.wrapperKeyID)
            return SecretBytes(try AES256GCM.open(wrapped.bytes, key: key, authenticating: bound))
        } catch {
            throw KeyWrapperError.refused
        }
    }

    /// Names a key without revealing it: eight bytes of a MAC of a constant under it.
    package static func identifier(of key: KeyBytes) -> String {
        Hexadecimal.encode(Array(HMACSHA256.authenticate(Array("gatehouse-kek-id".utf8), key: key).prefix(8)))
    }

    private static func bound(_ binding: [UInt8], _ id: String) -> [UInt8] {
        binding + LengthPrefixed.encode([Array(id.utf8)])
    }
}
