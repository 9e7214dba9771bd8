import Foundation
import PluginKit

/// Sets the tenant's alarm for its keys to the earliest thing that is due. Behind what changed them, in its transaction.
struct SetKeyAlarm: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.alarms AS a (kind, at)
        VALUES ('api_keys', $1)
        ON CONFLICT (tenant_id, kind) DO UPDATE
        SET    at = least(a.at, excluded.at)
        WHERE  a.at > excluded.at
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }
}

/// Takes the tenant's alarm, unless another node has it or it has not gone off.
struct TakeKeyAlarm: Statement {
    static let sql: SQL = """
        SELECT at
        FROM   gatehouse.alarms
        WHERE  kind = 'api_keys'
        AND    at <= $1
        FOR UPDATE SKIP LOCKED
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }

    static func decode(_ row: inout RowReader) throws -> Date { try row.time() }
}

/// Sets the alarm to what is due next, or takes it away where nothing is.
struct ResetKeyAlarm: Statement {
    static let sql: SQL = """
        WITH next AS (
            SELECT due_at
            FROM   gatehouse.api_key_secrets
            WHERE  due_at IS NOT NULL
            ORDER BY due_at
            LIMIT  1
        ), removed AS (
            DELETE FROM gatehouse.alarms
            WHERE  kind = 'api_keys'
            AND    NOT EXISTS (SELECT FROM next)
        )
        UPDATE gatehouse.alarms
        SET    at = next.due_at
        FROM   next
        WHERE  kind = 'api_keys'
        """

    var parameters: [SQLValue] { [] }
}

/// The secrets about which there is something to tell, the longest due first. They and their keys are locked until the
/// transaction ends; what somebody else has locked is left out, so that nobody waits for anybody here.
struct ListDueSecrets: Statement {
    static let sql: SQL = """
        SELECT   k.id, k.name, k.revoked_at IS NOT NULL, s.id, s.created_at, s.expires_at, s.rotate_by, s.replaced_at, s.retires_at,
                 s.last_used_at, s.notices
        FROM     gatehouse.api_key_secrets s
        JOIN     gatehouse.api_keys k ON k.id = s.key_id
        WHERE    s.due_at <= $1
        AND      s.ended_at IS NULL
        ORDER BY s.due_at
        LIMIT    $2
        FOR NO KEY UPDATE OF s, k SKIP LOCKED
        """

    let at: Date
    let limit: Int

    var parameters: [SQLValue] { [.time(at), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> DueSecret {
        DueSecret(
            key: try row.id(), name: try row.text(), isKeyEnded: try row.bool(), id: try row.id(),
            createdAt: try row.time(), expiresAt: try row.time(), rotateBy: try row.time(),
            replacedAt: try row.timeIfAny(),
            retiresAt: try row.timeIfAny(), lastUsedAt: try row.timeIfAny(), notices: try row.int())
    }
}

/// Notes how much was told about a secret, and when there is more to tell; never, where nothing is left.
struct PostponeSecret: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_secrets
        SET    notices = $2::bigint::smallint, due_at = $3
        WHERE  id = $1
        AND    ended_at IS NULL
        """

    let id: KeySecretID
    let notices: Int
    let dueAt: Date?

    var parameters: [SQLValue] { [.id(id), .int(Int64(notices)), .time(dueAt)] }
}

/// The tenants whose alarm for their keys has gone off, page by page. Run across tenants, as the maintenance role, which
/// sees no more of them.
struct ListTenantsWithAlarm: Statement {
    static let sql: SQL = """
        SELECT   tenant_id, at
        FROM     gatehouse.alarms
        WHERE    kind = 'api_keys'
        AND      ($1::timestamptz IS NULL OR (at, tenant_id) > ($1, $2))
        ORDER BY at, tenant_id
        LIMIT    $3
        """

    let after: (at: Date, tenant: TenantID)?
    let limit: Int

    var parameters: [SQLValue] { [.time(after?.at), .id(after?.tenant), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> (tenant: TenantID, at: Date) { (try row.id(), try row.time()) }
}

/// Tenants that have keys which are overdue. Run as the maintenance role.
struct ListTenantsWithOverdueKeys: Statement {
    static let sql: SQL = """
        SELECT DISTINCT tenant_id
        FROM   gatehouse.api_key_secrets
        WHERE  ended_at IS NULL
        AND    replaced_at IS NULL
        AND    rotate_by <= now()
        LIMIT  $1
        """

    let limit: Int

    var parameters: [SQLValue] { [.int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}
