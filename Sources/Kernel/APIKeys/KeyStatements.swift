import Foundation
import PluginKit

// What changes a key or shows it. Looking one up by its secret is in KeyLookUpStatements.swift.

/// Adds a key.
struct InsertAPIKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.api_keys
            (id, name, scopes, owner_id, lifetime_seconds, allowed_networks, rate_limit, metadata, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7::bigint::integer, $8, $9, $9)
        """

    let id: KeyID
    let key: NewAPIKey
    let owner: UserID?
    let lifetimeSeconds: Int
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(id), .text(key.name), .texts(key.scopes.map(\.rawValue)), .id(owner), .int(Int64(lifetimeSeconds)),
            .texts(key.allowedNetworks.map(\.description)), .int(key.rateLimit.map(Int64.init)),
            .text(KeyMetadata.write(key.metadata)), .time(at),
        ]
    }
}

/// The live key of a name, the oldest where there are several.
struct FindLiveKey: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.api_keys
        WHERE    name = $1
        AND      revoked_at IS NULL
        ORDER BY id
        LIMIT    1
        """

    let name: String

    var parameters: [SQLValue] { [.text(name)] }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// Makes whoever else would make sure of a key by its name wait until the transaction ends.
struct LockKeyNames: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('api-key-names:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// Adds a secret, which is the key's own from now on.
struct AddKeySecret: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.api_key_secrets
            (id, key_id, hash, hash_key_id, created_at, expires_at, rotate_by, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        """

    let key: KeyID
    let secret: NewKeySecret

    var parameters: [SQLValue] {
        [
            .id(secret.id), .id(key), .bytes(secret.hash.bytes), .id(secret.hash.key), .time(secret.createdAt),
            .time(secret.expiresAt), .time(secret.rotateBy),
        ]
    }
}

/// Makes everybody else who would change this key wait until the transaction ends, and gives what rotating it takes.
struct LockAPIKey: Statement {
    static let sql: SQL = """
        SELECT k.id, k.name, k.scopes, k.owner_id, k.lifetime_seconds, k.revoked_at
        FROM   gatehouse.api_keys k
        WHERE  k.id = $1
        AND    k.deleted_at IS NULL
        FOR UPDATE
        """

    let id: KeyID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> LockedKey {
        LockedKey(
            id: try row.id(), name: try row.text(), scopes: try row.texts().compactMap(Permission.init),
            owner: try row.idIfAny(), lifetimeSeconds: try row.int(), isRevoked: try row.timeIfAny() != nil)
    }
}

/// A key that nobody else may change meanwhile.
struct LockedKey: Sendable {
    let id: KeyID
    let name: String
    let scopes: [Permission]
    let owner: UserID?
    let lifetimeSeconds: Int
    let isRevoked: Bool
}

/// The secrets of a key that have not ended, however much of their time is left.
struct ListOpenSecrets: Statement {
    static let sql: SQL = """
        SELECT id, expires_at, replaced_at, retires_at
        FROM   gatehouse.api_key_secrets
        WHERE  key_id = $1
        AND    ended_at IS NULL
        """

    let key: KeyID

    var parameters: [SQLValue] { [.id(key)] }

    static func decode(_ row: inout RowReader) throws -> OpenSecret {
        OpenSecret(
            id: try row.id(), expiresAt: try row.time(), replacedAt: try row.timeIfAny(),
            retiresAt: try row.timeIfAny())
    }
}

/// A secret that was not ended.
struct OpenSecret: Sendable {
    let id: KeySecretID
    let expiresAt: Date
    let replacedAt: Date?
    let retiresAt: Date?
}

/// Puts a secret beside its successor, for as long as the overlap lasts.
struct RetireKeySecret: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_secrets
        SET    replaced_at = $2, retires_at = $3, notices = 0,
               due_at = $2::timestamptz + ($3::timestamptz - $2::timestamptz) / 2
        WHERE  id = $1
        """

    let id: KeySecretID
    let at: Date
    let until: Date

    var parameters: [SQLValue] { [.id(id), .time(at), .time(until)] }
}

/// Makes a secret that was replaced the key's own again.
struct RestoreKeySecret: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_secrets
        SET    replaced_at = NULL, retires_at = NULL, notices = 0, due_at = rotate_by
        WHERE  id = $1
        """

    let id: KeySecretID

    var parameters: [SQLValue] { [.id(id)] }
}

/// Ends a secret for good.
struct EndKeySecret: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_secrets
        SET    ended_at = $2, ended_because = $3, due_at = NULL
        WHERE  id = $1
        AND    ended_at IS NULL
        """

    let id: KeySecretID
    let why: KeyEnd
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at), .text(why.rawValue)] }
}

/// Ends a key with all its secrets. No row comes back where it was at its end before.
struct RevokeAPIKey: Statement {
    static let sql: SQL = """
        WITH revoked AS (
            UPDATE gatehouse.api_keys
            SET    revoked_at = $2, revoked_because = $3, revoke_reason = $4, updated_at = $2
            WHERE  id = $1
            AND    revoked_at IS NULL
            RETURNING id
        ), ended AS (
            UPDATE gatehouse.api_key_secrets s
            SET    ended_at = $2, ended_because = $3, due_at = NULL
            FROM   revoked
            WHERE  s.key_id = revoked.id
            AND    s.ended_at IS NULL
        )
        SELECT id FROM revoked
        """

    let id: KeyID
    let why: KeyEnd
    /// In the words of whoever revokes it.
    var reason: String?
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at), .text(why.rawValue), .text(reason)] }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// Takes a key that is at its end off the lists.
struct HideAPIKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_keys
        SET    deleted_at = $2, updated_at = $2
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: KeyID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

/// Changes what is given about a key; what is not given stays.
struct UpdateAPIKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_keys
        SET    name = coalesce($2, name), scopes = coalesce($3, scopes),
               allowed_networks = coalesce($4, allowed_networks),
               rate_limit = CASE WHEN $5 THEN $6::bigint::integer ELSE rate_limit END,
               metadata = coalesce($7, metadata), updated_at = $8
        WHERE  id = $1
        """

    let id: KeyID
    let changes: APIKeyChanges
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(id), .text(changes.name), .texts(changes.scopes.map { $0.map(\.rawValue) }),
            .texts(changes.allowedNetworks.map { $0.map(\.description) }), .bool(changes.rateLimit != nil),
            .int(changes.rateLimit.flatMap { $0 }.map(Int64.init)), .text(changes.metadata.flatMap(KeyMetadata.write)),
            .time(at),
        ]
    }
}

/// A page of keys in the order in which they were made, or one of them.
struct ListAPIKeys: Statement {
    static let sql: SQL = """
        SELECT   k.id, k.name, k.scopes, k.owner_id, k.lifetime_seconds, k.allowed_networks, k.rate_limit, k.metadata,
                 k.created_at, k.updated_at, k.revoked_at, k.revoked_because, k.revoke_reason
        FROM     gatehouse.api_keys k
        WHERE    k.deleted_at IS NULL
        AND      ($1::uuid IS NULL OR k.id > $1)
        AND      ($2::uuid IS NULL OR k.id = $2)
        AND      ($3::uuid IS NULL OR k.owner_id = $3)
        ORDER BY k.id
        LIMIT    $4
        """

    var after: KeyID?
    var only: KeyID?
    var owner: UserID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .id(only), .id(owner), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> APIKey {
        APIKey(
            id: try row.id(), name: try row.text(), scopes: try row.texts().compactMap(Permission.init),
            owner: try row.idIfAny(), lifetimeSeconds: try row.int(), allowedNetworks: try row.texts(),
            rateLimit: try row.intIfAny(), metadata: KeyMetadata.read(try row.text()), createdAt: try row.time(),
            updatedAt: try row.time(), revokedAt: try row.timeIfAny(), revokedBecause: try row.textIfAny(),
            revokeReason: try row.textIfAny(),
            secrets: [])
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

/// A key's metadata as the text it is stored as: a JSON object of texts.
enum KeyMetadata {
    static func write(_ metadata: [String: String]) -> String { AuditDetails.write(metadata) ?? "{}" }
    static func read(_ text: String) -> [String: String] { text.utf8.count == 2 ? [:] : AuditDetails.read(text) }
}
