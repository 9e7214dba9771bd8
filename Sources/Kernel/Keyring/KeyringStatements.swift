import Foundation
import PluginKit

/// Makes everybody else who would add or turn a data key of this tenant, or list people under its keys, wait until the
/// transaction ends.
struct LockDataKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('data-key:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// Makes whoever would turn a data key of this tenant wait until the transaction ends.
struct HoldDataKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock_shared(hashtextextended('data-key:' || gatehouse.tenant()::text, 0))
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

    let key: StoredDataKey
    let event: AuditEvent
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(key.id), .text(key.wrapped.wrapperKeyID), .bytes(key.wrapped.bytes), .time(at),
            .id(EventID.make(at: at)),
            .text(event.type.rawValue), .text(event.outcome.rawValue), .text(event.actor.auditText),
            .text(event.subject),
        ]
    }
}

/// All data keys of the tenant, wrapped; none of a tenant that is let go of, whose keys are destroyed before their rows go.
struct ListDataKeys: Statement {
    static let sql: SQL = """
        SELECT id, state, kek_id, wrapped, retired_at
        FROM   gatehouse.tenant_keys
        WHERE  kek_id <> ''
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> StoredDataKey {
        let id: DataKeyID = try row.id()
        guard let state = StoredDataKey.State(rawValue: try row.text()) else { throw RowShapeError(column: 1) }
        return StoredDataKey(
            id: id, state: state, wrapped: WrappedKey(wrapperKeyID: try row.text(), bytes: try row.bytes()),
            retiredAt: try row.timeIfAny())
    }
}

/// The keys that people are listed under: the active one, and after it the next one, if there is one.
struct ListListingKeys: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.tenant_keys
        WHERE    state <> 'retired'
        ORDER BY state = 'next'
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> DataKeyID { try row.id() }
}

/// Puts a data key, wrapped anew, in the place of the same key wrapped before.
struct RewrapDataKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenant_keys
        SET    kek_id = $3, wrapped = $4
        WHERE  id = $1
        AND    wrapped = $2
        """

    let old: StoredDataKey
    let new: WrappedKey

    var parameters: [SQLValue] {
        [.id(old.id), .bytes(old.wrapped.bytes), .text(new.wrapperKeyID), .bytes(new.bytes)]
    }
}

/// Adds the key that is to become active, where none is on its way yet.
struct AddNextDataKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenant_keys (id, kek_id, wrapped, state, created_at)
        SELECT $1, $2, $3, 'next', $4
        WHERE  NOT EXISTS (SELECT FROM gatehouse.tenant_keys WHERE state = 'next')
        """

    let key: StoredDataKey
    let at: Date

    var parameters: [SQLValue] {
        [.id(key.id), .text(key.wrapped.wrapperKeyID), .bytes(key.wrapped.bytes), .time(at)]
    }
}

/// Retires the active key, where `next` is ready: everybody is listed under it.
struct RetireActiveDataKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenant_keys
        SET    state = 'retired', retired_at = $2
        WHERE  state = 'active'
        AND    EXISTS (SELECT FROM gatehouse.tenant_keys WHERE id = $1 AND state = 'next')
        AND    NOT EXISTS (
                   SELECT FROM gatehouse.users u
                   WHERE  u.deleted_at IS NULL
                   AND    NOT EXISTS (SELECT FROM gatehouse.login_entries e WHERE e.user_id = u.id AND e.key_id = $1)
               )
        """

    let next: DataKeyID
    let at: Date

    var parameters: [SQLValue] { [.id(next), .time(at)] }
}

/// Makes the next key active, where none is.
struct PromoteNextDataKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenant_keys
        SET    state = 'active'
        WHERE  id = $1
        AND    state = 'next'
        AND    NOT EXISTS (SELECT FROM gatehouse.tenant_keys WHERE state = 'active')
        """

    let next: DataKeyID

    var parameters: [SQLValue] { [.id(next)] }
}

/// Takes the listings of a retired key away.
struct DeleteLoginEntriesOfKey: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.login_entries
        WHERE  key_id = (SELECT id FROM gatehouse.tenant_keys WHERE id = $1 AND state = 'retired' AND retired_at < $2)
        """

    let key: DataKeyID
    let retiredBefore: Date

    var parameters: [SQLValue] { [.id(key), .time(retiredBefore)] }
}

/// Destroys a key that was retired before a moment and seals nothing any more.
struct DestroyDataKey: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.tenant_keys
        WHERE  id = $1
        AND    state = 'retired'
        AND    retired_at < $2
        AND    NOT EXISTS (
                   SELECT FROM gatehouse.sealed_cells WHERE substring(cell FROM 2 FOR 16) = uuid_send($1::uuid)
               )
        """

    let key: DataKeyID
    let retiredBefore: Date

    var parameters: [SQLValue] { [.id(key), .time(retiredBefore)] }
}

/// How many values each key seals, by place; those in the clear count under no key.
struct CountSealedCells: Statement {
    static let sql: SQL = """
        SELECT   place, CASE WHEN substring(cell FOR 1) = decode('01', 'hex') THEN substring(cell FROM 2 FOR 16) END, count(*)
        FROM     gatehouse.sealed_cells
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> SealedCellCount {
        SealedCellCount(
            place: try row.text(),
            key: try row.bytesIfAny().flatMap { UUID(bytes: $0) }.map(DataKeyID.init(rawValue:)), count: try row.int())
    }
}

/// How many values of a place are sealed with one key.
package struct SealedCellCount: Sendable, Equatable {
    package let place: String
    /// `nil` for values that stand in the clear.
    package let key: DataKeyID?
    package let count: Int
}

/// Values of one place that another key than this one sealed, in the order of their rows.
struct ListCellsOfOtherKeys: Statement {
    static let sql: SQL = """
        SELECT   position, cell_column, row_key, version, cell
        FROM     gatehouse.sealed_cells
        WHERE    place = $1
        AND      substring(cell FOR 17) <> decode('01', 'hex') || uuid_send($2::uuid)
        AND      ($3::uuid IS NULL OR position > $3)
        ORDER BY position
        LIMIT    $4
        """

    let place: String
    let key: DataKeyID
    let after: UUID?
    let limit: Int

    var parameters: [SQLValue] { [.text(place), .id(key), .uuid(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> StoredCell {
        let position = try row.uuid()
        let column = CellColumn(number: UInt32(try row.int()))
        let rowKey = try row.bytes()
        let version = try row.intIfAny().map(Int64.init)
        return StoredCell(
            position: position, cell: Cell(column, row: rowKey, version: version), value: try row.bytes())
    }
}

/// A sealed value as it stands in its row.
struct StoredCell: Sendable {
    let position: UUID
    let cell: Cell
    let value: [UInt8]
}

/// Puts a value, sealed anew, in the place of the old one; where it was changed meanwhile, the change wins.
struct ReplaceCell: Statement {
    static let sql: SQL = """
        SELECT gatehouse.replace_cell($1, $2, $3, $4)
        """

    let place: String
    let old: StoredCell
    let new: [UInt8]

    var parameters: [SQLValue] { [.text(place), .uuid(old.position), .bytes(old.value), .bytes(new)] }

    static func decode(_ row: inout RowReader) throws -> Bool { try row.bool() }
}
