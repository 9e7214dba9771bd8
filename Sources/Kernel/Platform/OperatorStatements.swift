import Foundation
import PluginKit

/// Makes an operator.
struct InsertOperator: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.operators (id, name, key_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        """

    let id: OperatorID
    let name: String
    let keyHash: [UInt8]
    let at: Date
    let expiresAt: Date?

    var parameters: [SQLValue] { [.id(id), .text(name), .bytes(keyHash), .time(at), .time(expiresAt)] }
}

/// The operator who has, or had, this key, and what became of it; one look-up, whatever that is.
struct FindOperatorByKey: Statement {
    static let sql: SQL = """
        SELECT id,
               CASE
                   WHEN revoked_at IS NOT NULL                                THEN 'revoked'
                   WHEN key_hash = $1 AND expires_at <= $2                    THEN 'expired'
                   WHEN previous_key_hash = $1 AND previous_key_until <= $2   THEN 'replaced'
                   ELSE 'good'
               END
        FROM   gatehouse.operators
        WHERE  key_hash = $1
        OR     previous_key_hash = $1
        """

    let keyHash: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.bytes(keyHash), .time(at)] }

    /// An operator and the state of the key that he came with.
    struct Row: Sendable {
        let id: OperatorID
        let state: KeyState
    }

    enum KeyState: String, Sendable {
        case good, revoked, expired, replaced
    }

    static func decode(_ row: inout RowReader) throws -> Row {
        let id: OperatorID = try row.id()
        // What is not known is no state of a good key.
        return Row(id: id, state: KeyState(rawValue: try row.text()) ?? .revoked)
    }
}

/// An operator by his name.
struct FindOperator: Statement {
    static let sql: SQL = """
        SELECT id, name, created_at, expires_at, revoked_at, previous_key_until
        FROM   gatehouse.operators
        WHERE  name = $1
        """

    let name: String

    var parameters: [SQLValue] { [.text(name)] }

    static func decode(_ row: inout RowReader) throws -> OperatorRecord { try OperatorRecord(reading: &row) }
}

/// All operators, those who are revoked as well. There are few.
struct ListOperators: Statement {
    static let sql: SQL = """
        SELECT   id, name, created_at, expires_at, revoked_at, previous_key_until
        FROM     gatehouse.operators
        ORDER BY created_at, id
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> OperatorRecord { try OperatorRecord(reading: &row) }
}

/// Gives an operator another key, and the one before an end, which is never later than it had; records it. Of keys before
/// that one none is good any more. A revoked operator gets none.
struct RotateOperatorKey: Statement {
    static let sql: SQL = """
        WITH changed AS (
            UPDATE gatehouse.operators
            SET    key_hash = $2, expires_at = $3, previous_key_hash = key_hash,
                   previous_key_until = LEAST($4, expires_at)
            WHERE  id = $1
            AND    revoked_at IS NULL
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $5, $6, 'success', $7, $8, $9, $10
        FROM   changed
        """

    let id: OperatorID
    let keyHash: [UInt8]
    let expiresAt: Date?
    let previousUntil: Date
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [.id(id), .bytes(keyHash), .time(expiresAt), .time(previousUntil)] + event.parameters
    }
}

/// Revokes all keys of an operator, once and for good, and records it.
struct RevokeOperator: Statement {
    static let sql: SQL = """
        WITH changed AS (
            UPDATE gatehouse.operators
            SET    revoked_at = $7
            WHERE  id = $1
            AND    revoked_at IS NULL
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $2, $3, 'success', $4, $5, $6, $7
        FROM   changed
        """

    let id: OperatorID
    let event: RecordPlatformEvent

    var parameters: [SQLValue] { [.id(id)] + event.parameters }
}

/// Records that a key of an operator was refused, unless that was recorded not long ago.
struct NoteRefusedOperatorKey: Statement {
    static let sql: SQL = """
        WITH noted AS (
            UPDATE gatehouse.operators
            SET    refusal_noted_at = $8
            WHERE  id = $1
            AND    (refusal_noted_at IS NULL OR refusal_noted_at <= $2)
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $3, $4, 'refused', $5, $6, $7, $8
        FROM   noted
        """

    let id: OperatorID
    /// What was noted later than this is recent enough.
    let before: Date
    let event: RecordPlatformEvent

    var parameters: [SQLValue] { [.id(id), .time(before)] + event.parameters }
}

extension OperatorRecord {
    init(reading row: inout RowReader) throws {
        self.init(
            id: try row.id(), name: try row.text(), createdAt: try row.time(), expiresAt: try row.timeIfAny(),
            revokedAt: try row.timeIfAny(), previousKeyUntil: try row.timeIfAny())
    }
}

/// Records what was done to the platform.
struct RecordPlatformEvent: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        VALUES ($1, $2, 'success', $3, $4, $5, $6)
        """

    let type: String
    let actor: String
    let subject: String
    let requestID: String
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(EventID.make(at: at)), .text(type), .text(actor), .text(subject), .text(requestID), .time(at),
        ]
    }
}
