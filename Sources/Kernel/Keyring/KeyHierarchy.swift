import Cryptography
package import Foundation
package import PluginKit

/// The tenants' data keys: made when first needed, wrapped by the key-encryption keys, kept unwrapped for a while.
///
/// A tenant's keys are looked at again every ``refreshInterval``. While their keeper cannot be asked, keys that were
/// unwrapped before serve for ``timeToLive``; then whatever needs them fails.
package final class KeyHierarchy: Sendable {
    package static let refreshInterval: TimeInterval = 300
    package static let timeToLive: TimeInterval = 3600

    private struct Known {
        let keyring: TenantKeyring
        let loadedAt: Date
    }

    package let encryption: KeyEncryption
    private let now: @Sendable () -> Date
    private let keyrings = BoundedCache<TenantID, Known>(capacity: 20_000, lifetime: timeToLive)
    private let loads = SingleFlight<TenantID, TenantKeyring>()

    package init(encryption: KeyEncryption, now: @escaping @Sendable () -> Date) {
        self.encryption = encryption
        self.now = now
    }

    /// The keys of `tenant`; its first data key is made here when there is none.
    package func keyring(of tenant: TenantID, in database: any TenantDatabase) async throws -> TenantKeyring {
        if let known = keyrings.value(for: tenant, at: now()), isFresh(known) { return known.keyring }
        return try await loads.run(tenant) { [self] in try await load(tenant, in: database) }
    }

    /// The keys as they stand in the database now, for whoever met a key that he does not know.
    package func reloadedKeyring(of tenant: TenantID, in database: any TenantDatabase) async throws -> TenantKeyring {
        try await loads.runAnew(tenant) { [self] in try await load(tenant, in: database) }
    }

    /// The keys as they stand now, read by `transaction` itself. Whoever holds locks must not wait for another connection,
    /// where somebody may be waiting for these locks, nor for a look that somebody else has begun there.
    func keyring(of tenant: TenantID, asSeenBy transaction: any StatementRunner) async throws -> TenantKeyring {
        try await load(tenant, in: transaction)
    }

    /// Forgets what it knows of `tenant`, so that the next use looks again.
    package func forget(_ tenant: TenantID) {
        keyrings.remove(tenant)
    }

    private func load(_ tenant: TenantID, in database: any StatementRunner) async throws -> TenantKeyring {
        let known = keyrings.value(for: tenant, at: now())
        var stored = try await database.rows(ListDataKeys())
        if stored.isEmpty { stored = try await makeFirstKey(of: tenant, in: database) }
        let keyring = try await keyring(of: tenant, from: stored, known: known?.keyring)
        keyrings.store(Known(keyring: keyring, loadedAt: now()), for: tenant, at: now())
        return keyring
    }

    private func keyring(
        of tenant: TenantID, from stored: [StoredDataKey], known: TenantKeyring?
    ) async throws -> TenantKeyring {
        var keys: [DataKeyID: DataKey] = [:]
        for key in stored { keys[key.id] = try await unwrapped(key, of: tenant, known: known?.keys[key.id]) }
        guard let active = stored.first(where: { $0.state == .active }) else { throw KeyringError.unknownKey }
        return TenantKeyring(tenant: tenant, keys: keys, active: active.id)
    }

    /// The key as its keeper unwraps it; as it was unwrapped before, where that is recent or the keeper cannot be asked.
    private func unwrapped(_ key: StoredDataKey, of tenant: TenantID, known: DataKey?) async throws -> DataKey {
        let age = known.map { now().timeIntervalSince($0.unwrappedAt) } ?? .infinity
        if let known, known.stored.wrapped == key.wrapped, age < Self.timeToLive / 2 {
            return DataKey(stored: key, bytes: known.bytes, unwrappedAt: known.unwrappedAt)
        }
        do {
            let binding = StoredDataKey.binding(tenant: tenant, key: key.id)
            let bytes = try await encryption.unwrap(key.wrapped, binding: binding).withExposedBytes { KeyBytes($0) }
            return DataKey(stored: key, bytes: bytes, unwrappedAt: now())
        } catch let error as KeyWrapperError {
            // Wrapped anew or not, a key keeps its bytes as long as it keeps its name.
            guard let known, age < Self.timeToLive, case .unavailable = error else { throw error }
            return DataKey(stored: key, bytes: known.bytes, unwrappedAt: known.unwrappedAt)
        }
    }

    private func makeFirstKey(of tenant: TenantID, in database: any StatementRunner) async throws -> [StoredDataKey] {
        let key = try await newKey(of: tenant, state: .active)
        let event = AuditEvent(
            .dataKeyCreated, actor: .system, subject: key.id.description, origin: .host("keyring"))
        // The lock makes two nodes that start at once agree on one key; the loser's insert finds the winner's.
        let results = try await database.run([
            BoundStatement(LockDataKeys()),
            BoundStatement(AddFirstDataKey(key: key, event: event, at: now())),
            BoundStatement(ListDataKeys()),
        ])
        return try ListDataKeys.rows(of: results[2])
    }

    /// A new data key of `tenant`, wrapped and not yet stored.
    func newKey(of tenant: TenantID, state: StoredDataKey.State) async throws -> StoredDataKey {
        let id = DataKeyID.make(at: now())
        let key = SecretBytes(try Randomness.bytes(AES256GCM.keySizeBytes))
        let wrapped = try await encryption.wrap(key, binding: StoredDataKey.binding(tenant: tenant, key: id))
        return StoredDataKey(id: id, state: state, wrapped: wrapped, retiredAt: nil)
    }

    /// The first data key of a tenant that is about to be made, taken for the tenant's from now on; the statement stores it.
    /// Where that fails, ``forget(_:)`` the tenant.
    func begin(_ tenant: TenantID) async throws -> BoundStatement {
        let bytes = try Randomness.bytes(AES256GCM.keySizeBytes)
        let id = DataKeyID.make(at: now())
        let wrapped = try await encryption.wrap(
            SecretBytes(bytes), binding: StoredDataKey.binding(tenant: tenant, key: id))
        let stored = StoredDataKey(id: id, state: .active, wrapped: wrapped, retiredAt: nil)
        let key = DataKey(stored: stored, bytes: KeyBytes(bytes), unwrappedAt: now())
        let keyring = TenantKeyring(tenant: tenant, keys: [id: key], active: id)
        keyrings.store(Known(keyring: keyring, loadedAt: now()), for: tenant, at: now())
        let event = AuditEvent(.dataKeyCreated, actor: .system, subject: id.description, origin: .host("keyring"))
        return BoundStatement(AddFirstDataKey(key: stored, event: event, at: now()))
    }

    /// Whether the keys may be used without another look at them.
    private func isFresh(_ known: Known) -> Bool {
        let now = now()
        return now.timeIntervalSince(known.loadedAt) < Self.refreshInterval
            && known.keyring.keys.values.allSatisfy { now.timeIntervalSince($0.unwrappedAt) < Self.timeToLive }
    }
}
