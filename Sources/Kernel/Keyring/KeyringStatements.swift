import Foundation
import PluginKit

/// Makes everybody else who would add a data key to this tenant wait until the transaction ends.
struct LockDataKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('data-key:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// Adds a data key, with its audit event, where the tenant has none.
struct AddFirstDataKey: Statement {
    static let sql: SQL = """
        WITH added AS (
            INSERT INTO gatehouse.tenant_keys (id, kek_id, wrapped, created_at)
            SELECT $1, $2, $3, $4
            WHERE  NOT EXISTS (SELECT FROM gatehouse.tenant_keys)
            RETURNING id
        )
        INSERT INTO gatehouse.audit_events (id, type, outcome, actor, subject, created_at)
        SELECT $5, $6, $7, $8, $9, $4
        FROM   added
        """

    let key: WrappedDataKey
    let event: AuditEvent
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(key.id), .text(key.keyEncryptionKeyID), .bytes(key.wrapped), .time(at), .id(EventID.make(at: at)),
            .text(event.type.rawValue), .text(event.outcome.rawValue), .text(event.actor.auditText),
            .text(event.subject),
        ]
    }
}

/// All data keys of the tenant, wrapped.
struct ListDataKeys: Statement {
    static let sql: SQL = """
        SELECT id, kek_id, wrapped
        FROM   gatehouse.tenant_keys
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> WrappedDataKey {
        WrappedDataKey(id: try row.id(), keyEncryptionKeyID: try row.text(), wrapped: try row.bytes())
    }
}
