import Foundation
import PluginKit

/// Claims a key; a key that is claimed already stays as it is.
struct ClaimIdempotencyKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.idempotency_keys (key_hash, request_hash, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, key_hash) DO NOTHING
        """

    let request: IdempotentRequest
    let at: Date

    var parameters: [SQLValue] { [.bytes(request.keyHash), .bytes(request.requestHash), .time(at)] }
}

/// What is kept under a key.
struct KeptAnswer: Sendable {
    let requestHash: [UInt8]
    let createdAt: Date
    let status: Int?
    let sealedBody: [UInt8]?
}

/// What is kept under a key, if anything.
struct FindAnswer: Statement {
    static let sql: SQL = """
        SELECT request_hash, created_at, status, sealed_body
        FROM   gatehouse.idempotency_keys
        WHERE  key_hash = $1
        """

    let keyHash: [UInt8]

    var parameters: [SQLValue] { [.bytes(keyHash)] }

    static func decode(_ row: inout RowReader) throws -> KeptAnswer {
        KeptAnswer(
            requestHash: try row.bytes(), createdAt: try row.time(), status: try row.intIfAny(),
            sealedBody: try row.bytesIfAny())
    }
}

/// Keeps the answer of a claimed key.
struct KeepAnswer: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.idempotency_keys
        SET    status = $2, sealed_body = $3
        WHERE  key_hash = $1
        AND    status IS NULL
        """

    let keyHash: [UInt8]
    let status: Int
    let sealedBody: [UInt8]

    var parameters: [SQLValue] { [.bytes(keyHash), .int(Int64(status)), .bytes(sealedBody)] }
}

/// Forgets a key that is past its time, or whose request never finished.
struct ForgetAnswer: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.idempotency_keys
        WHERE  key_hash = $1
        AND    (created_at < $2 OR (status IS NULL AND created_at < $3))
        """

    let keyHash: [UInt8]
    let before: Date
    let unfinishedBefore: Date

    var parameters: [SQLValue] { [.bytes(keyHash), .time(before), .time(unfinishedBefore)] }
}
