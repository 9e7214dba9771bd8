package import Foundation
package import PluginKit

/// Changes what one tenant's API keys are hashed with while it is served.
///
/// A hash cannot be made anew without the text, so an old hash key stays for as long as a secret is kept that was made with
/// it. Which secrets are made with the new one begins after ``HashKeys/grace``, and goes by their own rotation.
package struct HashKeyRotation: Sendable {
    /// Each costs whoever looks up an API key a hash and a statement more.
    package static let mostKeys = 8
    /// How old a newer key is before an old one is destroyed: by then nobody has made a secret with the old one for long.
    package static let retirement: TimeInterval = 2 * HashKeys.grace

    private let tenant: TenantID
    private let database: any TenantDatabase
    private let hierarchy: KeyHierarchy
    private let now: @Sendable () -> Date

    package init(
        tenant: TenantID, database: any TenantDatabase, hierarchy: KeyHierarchy, now: @escaping @Sendable () -> Date
    ) {
        self.tenant = tenant
        self.database = database
        self.hierarchy = hierarchy
        self.now = now
    }

    /// Adds a hash key, unless the newest one is not in use yet or there are too many, and destroys those that nothing was
    /// made with any more.
    package func rotate() async throws -> Outcome {
        let destroyed = try await destroyOldKeys()
        let keyring = try await hierarchy.reloadedKeyring(of: tenant, in: database)
        let key = try HashKey.random(at: now()).sealed(with: keyring)
        let inUseIfMadeBy = now().addingTimeInterval(-HashKeys.grace)
        let hasNewKey = try await database.transaction { transaction in
            try await transaction.execute(LockHashKeys())
            let add = AddNextHashKey(key: key, inUseIfMadeBy: inUseIfMadeBy, mostKeys: Self.mostKeys)
            guard try await transaction.execute(add) == 1 else { return false }
            try await transaction.execute(record(.hashKeyRotated, of: key.id))
            return true
        }
        return Outcome(hasNewKey: hasNewKey, destroyed: destroyed.count, status: try await status())
    }

    /// What became of a call for a new hash key.
    package struct Outcome: Sendable {
        /// `false` where the newest key is not in use yet, or there are too many.
        package let hasNewKey: Bool
        /// How many old keys were destroyed.
        package let destroyed: Int
        package let status: HashKeyStatus
    }

    /// Destroys old keys that no secret which is kept was made with.
    @discardableResult
    package func destroyOldKeys() async throws -> [HashKeyID] {
        try await database.transaction { transaction in
            let before = now().addingTimeInterval(-Self.retirement)
            let destroyed = try await transaction.rows(DestroyHashKeys(newerBefore: before))
            for key in destroyed { try await transaction.execute(record(.hashKeyDestroyed, of: key)) }
            return destroyed
        }
    }

    /// Which hash keys there are, and what was made with each.
    package func status() async throws -> HashKeyStatus {
        HashKeyStatus(keys: try await database.rows(ListHashKeyUse()), at: now())
    }

    private func record(_ type: AuditEventType, of key: HashKeyID) -> RecordAuditEvent {
        let event = AuditEvent(type, actor: .hostOperator, subject: key.description, origin: .host("keyring"))
        return RecordAuditEvent(id: .make(at: now()), event: event, sealedOrigin: nil, at: now())
    }
}

/// A hash key, and how many secrets of API keys were made with it.
package struct HashKeyUse: Sendable {
    package let id: HashKeyID
    package let createdAt: Date
    /// All that are kept, those at their end too.
    package let secrets: Int
    /// Those that have not ended.
    package let openSecrets: Int
}

/// The hash keys of one tenant at a moment.
package struct HashKeyStatus: Sendable {
    package enum State: String, Sendable {
        /// Not in use yet.
        case next
        /// New secrets are made with it.
        case active
        /// Newer ones took its place; secrets that were made with it are found by it.
        case retired
    }

    /// The newest first.
    package let keys: [HashKeyUse]
    private let inUse: Int?

    init(keys: [HashKeyUse], at now: Date) {
        self.keys = keys
        inUse = HashKeys.inUse(keys.map(\.createdAt), at: now)
    }

    /// `nil` for a tenant that has not needed one yet.
    package var newest: HashKeyUse? { keys.first }

    /// Each key with its state.
    package var states: [(key: HashKeyUse, state: State)] {
        keys.enumerated().map { index, key in
            (key, index == inUse ? .active : index < (inUse ?? 0) ? .next : .retired)
        }
    }

    /// From when on new secrets are made with the newest key; `nil` where they are.
    package var takesOverAt: Date? {
        guard inUse != 0, let newest else { return nil }
        return newest.createdAt.addingTimeInterval(HashKeys.grace)
    }

    /// What was made with other keys than the newest.
    package var onOlder: (secrets: Int, openSecrets: Int) {
        keys.dropFirst().reduce((0, 0)) { ($0.0 + $1.secrets, $0.1 + $1.openSecrets) }
    }
}
