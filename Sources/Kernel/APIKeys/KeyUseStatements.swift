import Cryptography
import Foundation
import PluginKit

/// Makes everybody else who would change these secrets wait until the transaction ends; in one order, so that two who
/// lock many at once do not wait for each other.
struct LockUsedSecrets: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.api_key_secrets
        WHERE    id = ANY ($1)
        ORDER BY id
        FOR NO KEY UPDATE
        """

    let secrets: [KeySecretID]

    var parameters: [SQLValue] { [.uuids(secrets.map(\.rawValue))] }
}

/// Notes uses of secrets: how many, and when last. Behind ``LockUsedSecrets``, so that those of others are counted.
struct CountKeyUses: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_secrets s
        SET    last_used_at = greatest(s.last_used_at, timestamptz 'epoch' + u.at::bigint * interval '1 microsecond'),
               use_count = s.use_count + u.count::bigint
        FROM   unnest($1::uuid[], $2::text[], $3::text[]) AS u (secret, count, at)
        WHERE  s.id = u.secret
        """

    let uses: [(secret: KeySecretID, use: KeyUses.Use)]

    var parameters: [SQLValue] {
        [
            .uuids(uses.map(\.secret.rawValue)), .texts(uses.map { "\($0.use.count)" }),
            .texts(uses.map { "\($0.use.at.microseconds)" }),
        ]
    }
}

/// Notes when callers used secrets last, and says which of them are known. Behind ``LockUsedSecrets``.
struct NoteKnownCallers: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_callers c
        SET    last_used_at = greatest(c.last_used_at, timestamptz 'epoch' + n.at::bigint * interval '1 microsecond')
        FROM   unnest($1::uuid[], $2::text[], $3::text[]) AS n (secret, caller, at)
        WHERE  c.secret_id = n.secret
        AND    c.caller = decode(n.caller, 'hex')
        RETURNING c.secret_id, c.caller
        """

    let callers: [KeyCallerUse]

    var parameters: [SQLValue] { callers.columns }

    static func decode(_ row: inout RowReader) throws -> KeyCallerPlace {
        KeyCallerPlace(secret: try row.id(), caller: try row.bytes())
    }
}

/// How many callers are kept of each of these secrets; nothing for those that have none.
struct CountKeyCallers: Statement {
    static let sql: SQL = """
        SELECT   secret_id, count(*)
        FROM     gatehouse.api_key_callers
        WHERE    secret_id = ANY ($1)
        GROUP BY secret_id
        """

    let secrets: [KeySecretID]

    var parameters: [SQLValue] { [.uuids(secrets.map(\.rawValue))] }

    static func decode(_ row: inout RowReader) throws -> (secret: KeySecretID, count: Int) {
        (try row.id(), try row.int())
    }
}

/// Adds callers of secrets, of each secret only so many. Behind ``LockUsedSecrets``, so that those whom others add count.
struct AddKeyCallers: Statement {
    static let sql: SQL = """
        WITH named AS (
            SELECT n.id, n.secret, decode(n.caller, 'hex') AS caller, decode(n.origin, 'hex') AS origin,
                   timestamptz 'epoch' + n.at::bigint * interval '1 microsecond' AS at
            FROM   unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
                   AS n (secret, caller, at, id, origin)
            JOIN   gatehouse.api_key_secrets s ON s.id = n.secret
        ), kept AS (
            SELECT   secret_id, count(*) AS number
            FROM     gatehouse.api_key_callers
            WHERE    secret_id IN (SELECT secret FROM named)
            GROUP BY secret_id
        ), numbered AS (
            SELECT n.id, n.secret, n.caller, n.origin, n.at,
                   row_number() OVER (PARTITION BY n.secret ORDER BY n.caller) + coalesce(k.number, 0) AS number
            FROM   named n
            LEFT   JOIN kept k ON k.secret_id = n.secret
        )
        INSERT INTO gatehouse.api_key_callers AS c (id, secret_id, caller, sealed_origin, last_used_at)
        SELECT   n.id, n.secret, n.caller, n.origin, n.at
        FROM     numbered n
        WHERE    n.number <= $6
        ORDER BY n.secret, n.caller
        ON CONFLICT (tenant_id, secret_id, caller) DO UPDATE
        SET      last_used_at = greatest(c.last_used_at, excluded.last_used_at)
        """

    let callers: [SealedKeyCaller]
    let mostCallers: Int

    var parameters: [SQLValue] { callers.columns + [.int(Int64(mostCallers))] }
}

/// Puts callers, one for each secret, in the place of those that have been quiet for longest; who is known by now stays as
/// he is. Behind ``LockUsedSecrets``.
struct ReplaceQuietCallers: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_callers c
        SET    id = n.id, caller = decode(n.caller, 'hex'), sealed_origin = decode(n.origin, 'hex'),
               last_used_at = timestamptz 'epoch' + n.at::bigint * interval '1 microsecond'
        FROM   unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
               AS n (secret, caller, at, id, origin)
        WHERE  c.id = (SELECT   o.id
                       FROM     gatehouse.api_key_callers o
                       WHERE    o.secret_id = n.secret
                       ORDER BY o.last_used_at
                       LIMIT    1)
        AND    NOT EXISTS (SELECT
                           FROM   gatehouse.api_key_callers k
                           WHERE  k.secret_id = n.secret
                           AND    k.caller = decode(n.caller, 'hex'))
        """

    let callers: [SealedKeyCaller]

    var parameters: [SQLValue] { callers.columns }
}

extension [SealedKeyCaller] {
    /// Those of ``KeyCallerUse``, ids, and sealed origins in hexadecimal digits.
    fileprivate var columns: [SQLValue] {
        map(\.use).columns + [.uuids(map(\.id.rawValue)), .texts(map { Hexadecimal.encode($0.sealedOrigin) })]
    }
}

extension [KeyCallerUse] {
    /// Secrets, callers in hexadecimal digits, and times, each as an array.
    fileprivate var columns: [SQLValue] {
        [
            .uuids(map(\.place.secret.rawValue)), .texts(map { Hexadecimal.encode($0.place.caller) }),
            .texts(map { "\($0.at.microseconds)" }),
        ]
    }
}

extension Date {
    /// Since 1970, as exactly as the database keeps times.
    fileprivate var microseconds: Int64 {
        let reference = Int64(Date.timeIntervalBetween1970AndReferenceDate) * 1_000_000
        return Int64((timeIntervalSinceReferenceDate * 1_000_000).rounded()) + reference
    }
}
