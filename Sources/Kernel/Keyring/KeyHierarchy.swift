package import Cryptography
package import Foundation
package import PluginKit

/// The keys of the whole process: key-encryption keys on top, one data key per tenant below, wrapped in `tenant_keys`.
///
/// A tenant's keys are read when they are first needed and kept in a bounded cache.
package final class KeyHierarchy: Sendable {
    private let keyEncryptionKeys: KeyEncryptionKeys
    private let now: @Sendable () -> Date
    private let keyrings = BoundedCache<TenantID, TenantKeyring>(capacity: 20_000, lifetime: 300)

    package init(keyEncryptionKeys: KeyEncryptionKeys, now: @escaping @Sendable () -> Date) {
        self.keyEncryptionKeys = keyEncryptionKeys
        self.now = now
    }

    /// The keys of `tenant`; its first data key is made here when there is none.
    package func keyring(of tenant: TenantID, in database: any TenantDatabase) async throws -> TenantKeyring {
        if let known = keyrings.value(for: tenant, at: now()) { return known }
        var wrapped = try await database.rows(ListDataKeys())
        if wrapped.isEmpty { wrapped = try await makeFirstKey(of: tenant, in: database) }
        let keyring = try unwrap(wrapped, of: tenant)
        keyrings.store(keyring, for: tenant, at: now())
        return keyring
    }

    /// The MAC that binds the cursors of the platform's own lists.
    package func platformCursorMAC() throws -> @Sendable ([UInt8]) -> [UInt8] {
        try keyEncryptionKeys.authenticator(for: "platform-cursor-v1")
    }

    private func makeFirstKey(of tenant: TenantID, in database: any TenantDatabase) async throws -> [WrappedDataKey] {
        let id = DataKeyID.make(at: now())
        let wrapped = try keyEncryptionKeys.wrap(try Randomness.bytes(32), as: id, of: tenant)
        let event = AuditEvent(.dataKeyCreated, actor: .system, subject: id.description, origin: .host("keyring"))
        // The lock makes two nodes that start at once agree on one key; the loser's insert finds the winner's.
        let results = try await database.run([
            BoundStatement(LockDataKeys()),
            BoundStatement(AddFirstDataKey(key: wrapped, event: event, at: now())),
            BoundStatement(ListDataKeys()),
        ])
        return try ListDataKeys.rows(of: results[2])
    }

    private func unwrap(_ wrapped: [WrappedDataKey], of tenant: TenantID) throws -> TenantKeyring {
        guard let current = wrapped.map(\.id).max() else { throw KeyringError.unknownKey }
        var keys: [DataKeyID: KeyBytes] = [:]
        for key in wrapped { keys[key.id] = try keyEncryptionKeys.unwrap(key, of: tenant) }
        return TenantKeyring(tenant: tenant, keys: keys, current: current)
    }
}

/// A tenant's data key as it is stored.
package struct WrappedDataKey: Sendable {
    package let id: DataKeyID
    package let keyEncryptionKeyID: String
    package let wrapped: [UInt8]
}

/// The process's key-encryption keys: one that wraps, and a previous one that still unwraps.
package struct KeyEncryptionKeys: Sendable {
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

    func wrap(_ key: [UInt8], as id: DataKeyID, of tenant: TenantID) throws -> WrappedDataKey {
        let aad = Self.associatedData(tenant: tenant, key: id, keyEncryptionKey: current.id)
        let wrapped = try AES256GCM.seal(key, key: current.key, authenticating: aad)
        return WrappedDataKey(id: id, keyEncryptionKeyID: current.id, wrapped: wrapped)
    }

    func unwrap(_ key: WrappedDataKey, of tenant: TenantID) throws -> KeyBytes {
        guard let wrapping = all[key.keyEncryptionKeyID] else {
            throw KeyringError.unknownKeyEncryptionKey(id: key.keyEncryptionKeyID)
        }
        let aad = Self.associatedData(tenant: tenant, key: key.id, keyEncryptionKey: key.keyEncryptionKeyID)
        return KeyBytes(try AES256GCM.open(key.wrapped, key: wrapping, authenticating: aad))
    }

    /// A MAC under a key derived from the current one for one purpose.
    func authenticator(for purpose: String) throws -> @Sendable ([UInt8]) -> [UInt8] {
        let key = try HKDFSHA256.derive(from: current.key, salt: [], info: Array(purpose.utf8), count: 32)
        return { HMACSHA256.authenticate($0, key: key) }
    }

    /// Names a key without revealing it: eight bytes of a MAC of a constant under it.
    private static func identifier(of key: KeyBytes) -> String {
        Hexadecimal.encode(HMACSHA256.authenticate(Array("gatehouse-kek-id".utf8), key: key).prefix(8))
    }

    private static func associatedData(tenant: TenantID, key: DataKeyID, keyEncryptionKey: String) -> [UInt8] {
        LengthPrefixed.encode([
            Array("gatehouse-data-key-v1".utf8), tenant.rawValue.byteArray, key.rawValue.byteArray,
            Array(keyEncryptionKey.utf8),
        ])
    }
}
