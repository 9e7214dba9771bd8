package import Cryptography
package import Foundation
package import PluginKit

/// The data keys of one tenant: seals and opens its cells, and derives its keys for other purposes.
///
/// A sealed value is `0x01 ‖ key id (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. The key is chosen by its id
/// alone; keys are never tried in turn.
package struct TenantKeyring: Sendable {
    private static let version: UInt8 = 1
    /// The version of values that stood in the clear before they were sealed; opened by nothing but ``openOrTake(_:at:)``.
    private static let clearVersion: UInt8 = 0

    let tenant: TenantID
    let keys: [DataKeyID: DataKey]
    /// The key that seals.
    package let active: DataKeyID

    init(tenant: TenantID, keys: [DataKeyID: DataKey], active: DataKeyID) {
        precondition(keys[active] != nil)
        self.tenant = tenant
        self.keys = keys
        self.active = active
    }

    /// A keyring of one key that stands in no database: for measuring what its use costs.
    package init(tenant: TenantID, only key: KeyBytes, at time: Date) {
        let stored = StoredDataKey(
            id: .make(at: time), state: .active, wrapped: WrappedKey(wrapperKeyID: "", bytes: []), retiredAt: nil)
        let dataKey = DataKey(stored: stored, bytes: key, unwrappedAt: time)
        self.init(tenant: tenant, keys: [stored.id: dataKey], active: stored.id)
    }

    /// The keys that people are listed under: the active one, and the next one while there is one.
    package var listing: Set<DataKeyID> { Set(keys.values.filter { $0.stored.state != .retired }.map(\.stored.id)) }

    package func seal(_ plaintext: [UInt8], at cell: Cell) throws -> [UInt8] {
        let aad = cell.associatedData(tenant: tenant, key: active)
        return [Self.version] + active.rawValue.byteArray
            + (try AES256GCM.seal(plaintext, key: try dataKey(active), authenticating: aad))
    }

    /// - Throws: ``KeyringError`` where the value was made for another place, was altered, or its key is gone.
    package func open(_ sealed: [UInt8], at cell: Cell) throws -> [UInt8] {
        guard let id = Self.keyID(of: sealed) else { throw KeyringError.malformed }
        let aad = cell.associatedData(tenant: tenant, key: id)
        return try AES256GCM.open(Array(sealed[17...]), key: try dataKey(id), authenticating: aad)
    }

    /// As ``open(_:at:)``, and takes a value that was never sealed as it stands. For sealing alone, never for reading.
    func openOrTake(_ value: [UInt8], at cell: Cell) throws -> [UInt8] {
        if value.first == Self.clearVersion { return Array(value.dropFirst()) }
        return try open(value, at: cell)
    }

    /// The key that sealed a value, as the value itself says; `nil` for what is no sealed value.
    static func keyID(of sealed: [UInt8]) -> DataKeyID? {
        guard sealed.count > 17, sealed[0] == version else { return nil }
        return UUID(bytes: sealed[1..<17]).map(DataKeyID.init(rawValue:))
    }

    /// A MAC under a key that serves `purpose` in this tenant and nothing else (HKDF-SHA-256, then HMAC-SHA-256).
    package func authenticator(for purpose: Purpose) throws -> KeyedHash {
        try authenticator(for: purpose, under: active)
    }

    /// The MACs under all keys, that of the active one first: what was made before a change of keys is still recognised.
    package func authenticators(for purpose: Purpose) throws -> [KeyedHash] {
        let older = keys.keys.filter { $0 != active }.sorted { $0 > $1 }
        return try ([active] + older).map { try authenticator(for: purpose, under: $0) }
    }

    func authenticator(for purpose: Purpose, under key: DataKeyID) throws -> KeyedHash {
        let info = LengthPrefixed.encode([Array(purpose.rawValue.utf8), tenant.rawValue.byteArray])
        let derived = try HKDFSHA256.derive(from: try dataKey(key), salt: [], info: info, count: 32)
        return { HMACSHA256.authenticate($0, key: derived) }
    }

    /// What derived keys are for. The names are part of the derivation: they are added, never changed.
    package enum Purpose: String, Sendable, CaseIterable {
        case refreshSuccessor = "refresh-successor-v1"
        case refreshClient = "refresh-client-v1"
        case cursor = "cursor-v1"
        case attempts = "attempts-v1"
        case idempotency = "idempotency-v1"
        /// Of the canonical form of logins, in the form's version.
        case login = "login-index-v1"
    }

    private func dataKey(_ id: DataKeyID) throws -> KeyBytes {
        guard let key = keys[id] else { throw KeyringError.unknownKey }
        return key.bytes
    }
}

/// Why a key could not be had or a value not be opened.
package enum KeyringError: Error, Sendable {
    case malformed
    /// The key that sealed the value is not among the tenant's.
    case unknownKey
}
