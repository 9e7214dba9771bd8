import Foundation
import PluginKit

/// The keys that this tenant's API keys are hashed with, sealed; the newest first.
struct ListHashKeys: Statement {
    static let sql: SQL = """
        SELECT   id, sealed_key, created_at
        FROM     gatehouse.hash_keys
        ORDER BY created_at DESC, id DESC
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> StoredHashKey {
        StoredHashKey(id: try row.id(), sealedKey: try row.bytes(), createdAt: try row.time())
    }
}

/// A hash key as the database keeps it.
struct StoredHashKey: Sendable {
    let id: HashKeyID
    let sealedKey: [UInt8]
    let createdAt: Date

    var cell: Cell { Cell(.hashKey, row: id) }
}

/// Adds a hash key where the tenant has none. Behind ``LockHashKeys``, so that many at once add one.
struct AddFirstHashKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.hash_keys (id, sealed_key, created_at)
        SELECT $1, $2, $3
        WHERE  NOT EXISTS (SELECT FROM gatehouse.hash_keys)
        """

    let key: StoredHashKey

    var parameters: [SQLValue] { [.id(key.id), .bytes(key.sealedKey), .time(key.createdAt)] }
}

/// Adds a hash key that takes the place of the newest one, where that is in use and there are not too many. Behind
/// ``LockHashKeys``, so that many at once add one.
///
/// It is newer than all that are there, by whatever clock they were made: which of them is in use goes by that order.
struct AddNextHashKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.hash_keys (id, sealed_key, created_at)
        SELECT $1, $2, greatest($3, max(created_at) + interval '1 microsecond')
        FROM   gatehouse.hash_keys
        HAVING count(*) <= 1
        OR     (max(created_at) <= $4 AND count(*) < $5)
        """

    let key: StoredHashKey
    /// A key that was made then, or before, is in use; one that is alone always is.
    let inUseIfMadeBy: Date
    let mostKeys: Int

    var parameters: [SQLValue] {
        [
            .id(key.id), .bytes(key.sealedKey), .time(key.createdAt), .time(inUseIfMadeBy), .int(Int64(mostKeys)),
        ]
    }
}

/// Makes everybody else who would add a hash key of this tenant wait until the transaction ends.
struct LockHashKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('hash-key:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// Which hash keys there are, and how many secrets were made with each; the newest first.
struct ListHashKeyUse: Statement {
    static let sql: SQL = """
        SELECT   h.id, h.created_at, count(s.id), count(s.id) FILTER (WHERE s.ended_at IS NULL)
        FROM     gatehouse.hash_keys h
        LEFT     JOIN gatehouse.api_key_secrets s ON s.hash_key_id = h.id
        GROUP BY h.id, h.created_at
        ORDER BY h.created_at DESC, h.id DESC
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> HashKeyUse {
        HashKeyUse(
            id: try row.id(), createdAt: try row.time(), secrets: try row.int(), openSecrets: try row.int())
    }
}

/// Destroys the hash keys that no secret was made with, where one that is newer was made before a moment. What may go is
/// decided by a function of the owner's; nothing else may delete hash keys.
struct DestroyHashKeys: Statement {
    static let sql: SQL = """
        SELECT id
        FROM   gatehouse.destroy_hash_keys($1) AS id
        """

    let newerBefore: Date

    var parameters: [SQLValue] { [.time(newerBefore)] }

    static func decode(_ row: inout RowReader) throws -> HashKeyID { try row.id() }
}
