import Foundation
import PluginKit

/// The policy that the dates of the tenant's secrets follow: its ages in seconds.
struct FindKeyPolicy: Statement {
    static let sql: SQL = """
        SELECT max_age_seconds, warn_before_seconds
        FROM   gatehouse.api_key_policies
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> KeyAges {
        KeyAges(maxAgeSeconds: Int64(try row.int()), warnBeforeSeconds: Int64(try row.int()))
    }
}

/// Notes the policy that the dates of the tenant's secrets follow from now on.
struct WriteKeyPolicy: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.api_key_policies (max_age_seconds, warn_before_seconds)
        VALUES ($1, $2)
        ON CONFLICT (tenant_id) DO UPDATE
        SET    max_age_seconds = excluded.max_age_seconds, warn_before_seconds = excluded.warn_before_seconds
        """

    let ages: KeyAges

    var parameters: [SQLValue] { [.int(ages.maxAgeSeconds), .int(ages.warnBeforeSeconds)] }
}

/// Brings the dates by which some secrets are to be rotated in line with the policy: those behind `after`, and only so
/// many. Gives the last of them; no row comes back where there are no more.
///
/// Dates that differ by less than a second are the same: whoever computed one may have rounded otherwise.
struct MoveKeyAges: Statement {
    static let sql: SQL = """
        WITH ages AS (
            SELECT   id, least(expires_at, created_at + $1 * interval '1 second')
                         - least($2 * interval '1 second', (expires_at - created_at) / 2) AS rotate_by
            FROM     gatehouse.api_key_secrets
            WHERE    ended_at IS NULL
            AND      ($3::uuid IS NULL OR id > $3)
            ORDER BY id
            LIMIT    2000
            FOR NO KEY UPDATE
        ), moved AS (
            UPDATE gatehouse.api_key_secrets s
            SET    rotate_by = ages.rotate_by,
                   due_at = CASE WHEN s.replaced_at IS NULL THEN ages.rotate_by ELSE s.due_at END,
                   notices = CASE WHEN s.replaced_at IS NULL THEN 0 ELSE s.notices END
            FROM   ages
            WHERE  s.id = ages.id
            AND    s.rotate_by NOT BETWEEN ages.rotate_by - interval '1 second' AND ages.rotate_by + interval '1 second'
        )
        SELECT   id
        FROM     ages
        ORDER BY id DESC
        LIMIT    1
        """

    let ages: KeyAges
    let after: KeySecretID?

    var parameters: [SQLValue] { [.int(ages.maxAgeSeconds), .int(ages.warnBeforeSeconds), .id(after)] }

    static func decode(_ row: inout RowReader) throws -> KeySecretID { try row.id() }
}

/// How many secrets that are not overdue to be rotated would be under a policy.
struct CountOverdueUnder: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.api_key_secrets
        WHERE  ended_at IS NULL
        AND    replaced_at IS NULL
        AND    expires_at > $3
        AND    rotate_by > $3
        AND    least(expires_at, created_at + $1 * interval '1 second')
               - least($2 * interval '1 second', (expires_at - created_at) / 2) <= $3
        """

    let ages: KeyAges
    let at: Date

    var parameters: [SQLValue] { [.int(ages.maxAgeSeconds), .int(ages.warnBeforeSeconds), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// How many keys have a secret that is good.
struct CountLiveKeys: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.api_keys k
        WHERE  k.revoked_at IS NULL
        AND    EXISTS (
                   SELECT FROM gatehouse.api_key_secrets s
                   WHERE  s.key_id = k.id
                   AND    s.ended_at IS NULL
                   AND    s.expires_at > $1)
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}
