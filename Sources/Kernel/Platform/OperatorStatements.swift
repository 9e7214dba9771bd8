import Foundation
import PluginKit

/// Makes an operator.
struct InsertOperator: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.operators (id, name, key_hash, created_at)
        VALUES ($1, $2, $3, $4)
        """

    let id: OperatorID
    let name: String
    let keyHash: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.id(id), .text(name), .bytes(keyHash), .time(at)] }
}

/// The operator who has this key.
struct FindOperatorByKey: Statement {
    static let sql: SQL = """
        SELECT id
        FROM   gatehouse.operators
        WHERE  key_hash = $1
        AND    revoked_at IS NULL
        """

    let keyHash: [UInt8]

    var parameters: [SQLValue] { [.bytes(keyHash)] }

    static func decode(_ row: inout RowReader) throws -> OperatorID { try row.id() }
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
