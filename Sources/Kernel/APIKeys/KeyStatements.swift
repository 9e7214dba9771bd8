import Foundation
import PluginKit

// What changes a key. Showing keys is in KeyListStatements.swift, looking one up by its secret in KeyLookUpStatements.swift.

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

/// A key's metadata as the text it is stored as: a JSON object of texts.
enum KeyMetadata {
    static func write(_ metadata: [String: String]) -> String { AuditDetails.write(metadata) ?? "{}" }
    static func read(_ text: String) -> [String: String] { text.utf8.count == 2 ? [:] : AuditDetails.read(text) }
}
