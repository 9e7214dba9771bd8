package import Foundation
package import Logging
package import PluginKit

/// Changes the keys of one tenant while it is served. Every step can be repeated, so work that was cut off goes on
/// where it stopped.
///
/// A new data key takes its place in five steps: it is added as `next`; everybody is listed under it; it becomes active
/// and seals from then on; what older keys sealed is sealed anew; and once no node can remember it any more, the old key
/// is destroyed.
package struct KeyRotation: Sendable {
    /// How long a retired key is kept: longer than any node goes on with what it remembers.
    package static let retirement: TimeInterval = 2 * KeyHierarchy.timeToLive

    private let tenant: TenantID
    private let database: any TenantDatabase
    private let hierarchy: KeyHierarchy
    private let logger: Logger
    private let now: @Sendable () -> Date

    package init(
        tenant: TenantID, database: any TenantDatabase, hierarchy: KeyHierarchy, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.tenant = tenant
        self.database = database
        self.hierarchy = hierarchy
        self.logger = logger
        self.now = now
    }

    // MARK: Key-encryption keys

    /// Wraps the tenant's data keys anew, where another than the present key-encryption key wrapped them.
    ///
    /// - Returns: how many were.
    package func rewrap() async throws -> Int {
        let current = try await hierarchy.encryption.currentKeyID()
        var count = 0
        for key in try await database.rows(ListDataKeys()) where key.wrapped.wrapperKeyID != current {
            let binding = StoredDataKey.binding(tenant: tenant, key: key.id)
            let bytes = try await hierarchy.encryption.unwrap(key.wrapped, binding: binding)
            let wrapped = try await hierarchy.encryption.wrap(bytes, binding: binding)
            count += try await database.execute(RewrapDataKey(old: key, new: wrapped))
        }
        return count
    }

    // MARK: Data keys

    /// Gives the tenant a new data key, or finishes what an earlier call left undone; see ``Outcome``.
    package func rotateDataKey(
        onProgress: @escaping @Sendable (ResealedCells) -> Void = { _ in }
    ) async throws -> Outcome {
        var keyring = try await hierarchy.reloadedKeyring(of: tenant, in: database)
        let isTurning = keyring.listing.count > 1
        keyring = try await finishTurning(keyring)
        let rest = try await reseal(with: keyring, onProgress)
        if isTurning || rest.sealed > 0 { return Outcome(hasNewKey: false, activeKey: keyring.active, cells: rest) }
        // What is still left does not open; it must not keep the tenant on its present key for ever.
        keyring = try await turn(keyring)
        return Outcome(
            hasNewKey: true, activeKey: keyring.active, cells: try await reseal(with: keyring, onProgress))
    }

    /// What became of a call for a new data key.
    package struct Outcome: Sendable {
        /// Whether a new key was made; `false` where an earlier change of keys was not finished and was finished now.
        package let hasNewKey: Bool
        package let activeKey: DataKeyID
        package let cells: ResealedCells
    }

    /// Seals what stands in the clear since before values were sealed, and lists everybody.
    package func sealClearValues() async throws -> ResealedCells {
        let keyring = try await hierarchy.reloadedKeyring(of: tenant, in: database)
        _ = try await list(under: keyring.active, keyring)
        return try await reseal(with: keyring) { _ in }
    }

    /// Destroys keys that were retired long enough ago and seal nothing any more.
    ///
    /// - Returns: how many were destroyed, and how many retired keys are left.
    package func destroyRetiredKeys() async throws -> (destroyed: Int, kept: Int) {
        let retired = try await database.rows(ListDataKeys()).filter { $0.state == .retired }
        let cutoff = now().addingTimeInterval(-Self.retirement)
        var destroyed = 0
        for key in retired where try await destroy(key.id, retiredBefore: cutoff) { destroyed += 1 }
        if destroyed > 0 { hierarchy.forget(tenant) }
        return (destroyed, retired.count - destroyed)
    }

    /// What is on which key.
    package func status() async throws -> KeyringStatus {
        KeyringStatus(
            keys: try await database.rows(ListDataKeys()).sorted { $0.id < $1.id },
            cells: try await database.rows(CountSealedCells()))
    }

    // MARK: Steps

    private func reseal(
        with keyring: TenantKeyring, _ onPage: @escaping @Sendable (ResealedCells) -> Void
    ) async throws -> ResealedCells {
        try await CellResealing(database: database, keyring: keyring, logger: logger, onPage: onPage).run()
    }

    private func turn(_ keyring: TenantKeyring) async throws -> TenantKeyring {
        let key = try await hierarchy.newKey(of: tenant, state: .next)
        // On a connection of its own: whoever lists people holds this lock for a while.
        try await database.transaction { transaction in
            try await transaction.execute(LockDataKeys())
            try await transaction.execute(AddNextDataKey(key: key, at: now()))
        }
        return try await finishTurning(try await hierarchy.reloadedKeyring(of: tenant, in: database))
    }

    /// Makes `next` active, if there is one. Whoever is added between listing and turning is listed in another round.
    private func finishTurning(_ keyring: TenantKeyring) async throws -> TenantKeyring {
        var keyring = keyring
        while let next = keyring.keys.values.first(where: { $0.stored.state == .next })?.stored.id {
            try Task.checkCancellation()
            let damaged = try await list(under: next, keyring)
            guard damaged == 0 else { throw DamagedLogins(count: damaged) }
            try await activate(next)
            keyring = try await hierarchy.reloadedKeyring(of: tenant, in: database)
        }
        return keyring
    }

    /// - Returns: how many people could not be listed.
    private func list(under key: DataKeyID, _ keyring: TenantKeyring) async throws -> Int {
        let listing = LoginListing(database: database, keyring: keyring, key: key, logger: logger)
        let damaged = try await listing.listPeople()
        try await listing.listInvitations()
        try await listing.listSignUps()
        return damaged
    }

    private func activate(_ next: DataKeyID) async throws {
        try await database.transaction { transaction in
            try await transaction.execute(LockDataKeys())
            guard try await transaction.execute(RetireActiveDataKey(next: next, at: now())) == 1 else { return }
            try await transaction.execute(PromoteNextDataKey(next: next))
            try await transaction.execute(record(.dataKeyTurned, of: next))
        }
    }

    private func destroy(_ key: DataKeyID, retiredBefore cutoff: Date) async throws -> Bool {
        try await database.transaction { transaction in
            try await transaction.execute(LockDataKeys())
            try await transaction.execute(DeleteLoginEntriesOfKey(key: key, retiredBefore: cutoff))
            guard try await transaction.execute(DestroyDataKey(key: key, retiredBefore: cutoff)) == 1 else {
                return false
            }
            try await transaction.execute(record(.dataKeyDestroyed, of: key))
            return true
        }
    }

    private func record(_ type: AuditEventType, of key: DataKeyID) -> RecordAuditEvent {
        let event = AuditEvent(type, actor: .hostOperator, subject: key.description, origin: .host("keyring"))
        return RecordAuditEvent(id: .make(at: now()), event: event, sealedOrigin: nil, at: now())
    }
}

/// People whose sealed logins do not open: they could not be found any more if the key were changed now.
package struct DamagedLogins: Error, CustomStringConvertible {
    package let count: Int

    package var description: String {
        """
        the logins of \(count) people were altered or do not belong where they stand, so the key was not changed; \
        restore them from a backup, or delete these people (the log names their rows)
        """
    }
}

/// What is on which key in one tenant.
package struct KeyringStatus: Sendable {
    /// Oldest first.
    package let keys: [StoredDataKey]
    package let cells: [SealedCellCount]
}
