import Foundation
import PluginKit

// What shows keys, their secrets and who uses them.

/// One key.
struct FindAPIKey: Statement {
    static let sql: SQL = """
        SELECT id, name, scopes, owner_id, lifetime_seconds, allowed_networks, rate_limit, metadata, created_at,
               updated_at, revoked_at, revoked_because, revoke_reason
        FROM   gatehouse.api_keys
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: KeyID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> APIKey { try APIKey(withoutSecrets: &row) }
}

/// A page of the keys that a filter finds, in the order in which they were made. A key's state follows from its secrets and
/// the time, as ``APIKey/state(at:)`` has it.
struct ListAPIKeys: Statement {
    static let sql: SQL = """
        SELECT   k.id, k.name, k.scopes, k.owner_id, k.lifetime_seconds, k.allowed_networks, k.rate_limit, k.metadata,
                 k.created_at, k.updated_at, k.revoked_at, k.revoked_because, k.revoke_reason
        FROM     gatehouse.api_keys k
        LEFT JOIN gatehouse.api_key_secrets s
               ON s.key_id = k.id AND s.ended_at IS NULL AND s.replaced_at IS NULL
        WHERE    k.deleted_at IS NULL
        AND      ($1::uuid IS NULL OR k.id > $1)
        AND      ($2::timestamptz IS NULL OR s.created_at <= $2)
        AND      ($3::text IS NULL OR $3 = ANY (k.scopes))
        AND      ($4::text IS NULL OR k.name = $4)
        AND      ($5::text IS NULL OR starts_with(k.name, $5))
        AND      ($6::uuid IS NULL OR k.owner_id = $6)
        AND      ($7::text IS NULL OR $7 = CASE
                     WHEN k.revoked_at IS NOT NULL AND NOT EXISTS (
                              SELECT
                              FROM   gatehouse.api_key_secrets e
                              WHERE  e.key_id = k.id
                              AND    e.ended_because = 'expired')
                     THEN 'revoked'
                     WHEN k.revoked_at IS NOT NULL OR s.expires_at IS NULL OR s.expires_at <= $8
                     THEN 'expired'
                     WHEN EXISTS (
                              SELECT
                              FROM   gatehouse.api_key_secrets r
                              WHERE  r.key_id = k.id
                              AND    r.ended_at IS NULL
                              AND    r.replaced_at IS NOT NULL
                              AND    least(r.retires_at, r.expires_at) > $8)
                     THEN 'rotating'
                     ELSE 'active'
                 END)
        ORDER BY k.id
        LIMIT    $9
        """

    let filter: KeyListFilter
    let after: KeyID?
    let at: Date
    let limit: Int

    var parameters: [SQLValue] {
        [
            .id(after), .time(filter.keys.olderThanSeconds.map { at.addingTimeInterval(-Double($0)) }),
            .text(filter.keys.scope?.rawValue), .text(filter.keys.exactName), .text(filter.keys.namePrefix),
            .id(filter.owner), .text(filter.state?.rawValue), .time(at), .int(Int64(limit)),
        ]
    }

    static func decode(_ row: inout RowReader) throws -> APIKey { try APIKey(withoutSecrets: &row) }
}

extension APIKey {
    fileprivate init(withoutSecrets row: inout RowReader) throws {
        self.init(
            id: try row.id(), name: try row.text(), scopes: try row.texts().compactMap(Permission.init),
            owner: try row.idIfAny(), lifetimeSeconds: try row.int(), allowedNetworks: try row.texts(),
            rateLimit: try row.intIfAny(), metadata: KeyMetadata.read(try row.text()), createdAt: try row.time(),
            updatedAt: try row.time(), revokedAt: try row.timeIfAny(), revokedBecause: try row.textIfAny(),
            revokeReason: try row.textIfAny(), secrets: [])
    }
}

/// The secrets of some keys: a key's own, the one that it replaced, and the last that ended.
struct ListKeySecrets: Statement {
    static let sql: SQL = """
        SELECT   s.key_id, s.id, s.created_at, s.expires_at, s.rotate_by, s.replaced_at, s.retires_at, s.ended_at,
                 s.ended_because, s.last_used_at, s.use_count,
                 (SELECT count(*) FROM gatehouse.api_key_callers c WHERE c.secret_id = s.id)
        FROM     unnest($1::uuid[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT   x.key_id, x.id, x.created_at, x.expires_at, x.rotate_by, x.replaced_at, x.retires_at, x.ended_at,
                     x.ended_because, x.last_used_at, x.use_count
            FROM     gatehouse.api_key_secrets x
            WHERE    x.key_id = wanted.id
            ORDER BY x.ended_at DESC NULLS FIRST, x.replaced_at DESC NULLS FIRST, x.id DESC
            LIMIT    4
        ) AS s
        ORDER BY s.ended_at DESC NULLS FIRST, s.replaced_at DESC NULLS FIRST, s.id DESC
        """

    let keys: [KeyID]

    var parameters: [SQLValue] { [.uuids(keys.map(\.rawValue))] }

    static func decode(_ row: inout RowReader) throws -> (key: KeyID, secret: KeySecret) {
        let key: KeyID = try row.id()
        return (
            key,
            KeySecret(
                id: try row.id(), createdAt: try row.time(), expiresAt: try row.time(), rotateBy: try row.time(),
                replacedAt: try row.timeIfAny(), retiresAt: try row.timeIfAny(), endedAt: try row.timeIfAny(),
                endedBecause: try row.textIfAny(), lastUsedAt: try row.timeIfAny(), useCount: try row.int(),
                callerCount: try row.int())
        )
    }
}

/// Who used some secrets lately, those of the last use first.
struct ListKeyCallers: Statement {
    static let sql: SQL = """
        SELECT   c.id, c.secret_id, c.sealed_origin, c.last_used_at
        FROM     gatehouse.api_key_callers c
        JOIN     gatehouse.api_key_secrets s ON s.id = c.secret_id
        WHERE    c.secret_id = ANY ($1)
        AND      (NOT $2 OR c.last_used_at > s.replaced_at)
        ORDER BY c.last_used_at DESC
        LIMIT    $3
        """

    let secrets: [KeySecretID]
    /// Only those who used a secret after it had been replaced: who has changed over since is not among them.
    let sinceReplaced: Bool
    let limit: Int

    var parameters: [SQLValue] {
        [.uuids(secrets.map(\.rawValue)), .bool(sinceReplaced), .int(Int64(limit))]
    }

    static func decode(_ row: inout RowReader) throws -> StoredKeyCaller {
        StoredKeyCaller(
            id: try row.id(), secret: try row.id(), sealedOrigin: try row.bytes(), lastUsedAt: try row.time())
    }
}

/// A caller as the database keeps him.
struct StoredKeyCaller: Sendable {
    let id: KeyCallerID
    let secret: KeySecretID
    let sealedOrigin: [UInt8]
    let lastUsedAt: Date
}

/// Secrets that should have been rotated by now, the oldest first.
struct ListOverdueKeys: Statement {
    static let sql: SQL = """
        SELECT   k.id, k.name, s.rotate_by, s.expires_at, count(*) OVER (), max(s.created_at) OVER ()
        FROM     gatehouse.api_key_secrets s
        JOIN     gatehouse.api_keys k ON k.id = s.key_id
        WHERE    s.ended_at IS NULL
        AND      s.replaced_at IS NULL
        AND      s.rotate_by <= $1
        AND      k.revoked_at IS NULL
        ORDER BY s.rotate_by
        LIMIT    $2
        """

    let at: Date
    let limit: Int

    var parameters: [SQLValue] { [.time(at), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> OverdueKey {
        OverdueKey(
            id: try row.id(), name: try row.text(), rotateBy: try row.time(), expiresAt: try row.time(),
            countInAll: try row.int(), youngestCreatedAt: try row.time())
    }
}
