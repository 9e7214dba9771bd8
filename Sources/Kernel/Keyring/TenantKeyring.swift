import Cryptography
import Foundation
import PluginKit

/// The data keys of one tenant: seals and opens its cells, and derives its keys for other purposes.
///
/// A sealed value is `0x01 ‖ key id (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. The key is chosen by its id
/// alone; keys are never tried in turn.
package struct TenantKeyring: Sendable {
    private static let version: UInt8 = 1

    private let tenant: TenantID
    private let keys: [DataKeyID: KeyBytes]
    private let current: DataKeyID

    init(tenant: TenantID, keys: [DataKeyID: KeyBytes], current: DataKeyID) {
        precondition(keys[current] != nil)
        self.tenant = tenant
        self.keys = keys
        self.current = current
    }

    package func seal(_ plaintext: [UInt8], at address: CellAddress) throws -> [UInt8] {
        let key = try dataKey(current)
        let aad = address.associatedData(tenant: tenant, key: current)
        return [Self.version] + current.rawValue.byteArray
            + (try AES256GCM.seal(plaintext, key: key, authenticating: aad))
    }

    /// - Throws: ``KeyringError`` where the value was made for another place, was altered, or its key is gone.
    package func open(_ sealed: [UInt8], at address: CellAddress) throws -> [UInt8] {
        guard sealed.count > 17, sealed[0] == Self.version,
            let id = UUID(bytes: sealed[1..<17]).map(DataKeyID.init(rawValue:))
        else { throw KeyringError.malformed }
        let aad = address.associatedData(tenant: tenant, key: id)
        return try AES256GCM.open(Array(sealed[17...]), key: try dataKey(id), authenticating: aad)
    }

    /// A MAC under a key that serves `purpose` in this tenant and nothing else (HKDF-SHA-256, then HMAC-SHA-256).
    package func authenticator(for purpose: Purpose) throws -> @Sendable ([UInt8]) -> [UInt8] {
        let key = try key(for: purpose)
        return { HMACSHA256.authenticate($0, key: key) }
    }

    /// What derived keys are for. The names are part of the derivation: they are added, never changed.
    package enum Purpose: String, Sendable {
        case refreshSuccessor = "refresh-successor-v1"
        case cursor = "cursor-v1"
    }

    private func key(for purpose: Purpose) throws -> KeyBytes {
        let info = LengthPrefixed.encode([Array(purpose.rawValue.utf8), tenant.rawValue.byteArray])
        return try HKDFSHA256.derive(from: try dataKey(current), salt: [], info: info, count: 32)
    }

    private func dataKey(_ id: DataKeyID) throws -> KeyBytes {
        guard let key = keys[id] else { throw KeyringError.unknownKey }
        return key
    }
}

/// Why a key could not be had or a value not be opened.
package enum KeyringError: Error, Sendable {
    case malformed
    /// The key that sealed the value is not among the tenant's.
    case unknownKey
    /// The tenant's data key was wrapped by a key-encryption key that this process does not have.
    case unknownKeyEncryptionKey(id: String)
}
