import Foundation
import PluginKit

/// Names one code of a set; never shown.
typealias RecoveryCodeID = Identifier<RecoveryCodeKind>

enum RecoveryCodeKind: IdentifierKind { static let prefix = "rcv" }

/// A code as the database keeps it: its hash, sealed for its row.
struct StoredRecoveryCode: Sendable {
    let id: RecoveryCodeID
    let sealedHash: [UInt8]
}

extension CellColumn {
    static let recoveryCodeHash = CellColumn(number: 10)
}

/// The codes of some sets that nobody has used.
struct ListUnusedRecoveryCodes: Statement {
    static let sql: SQL = """
        SELECT id, sealed_hash
        FROM   gatehouse.recovery_codes
        WHERE  factor_id = ANY ($1)
        AND    used_at IS NULL
        ORDER BY id
        """

    let sets: [FactorID]

    var parameters: [SQLValue] { [.uuids(sets.map(\.rawValue))] }

    static func decode(_ row: inout RowReader) throws -> StoredRecoveryCode {
        StoredRecoveryCode(id: try row.id(), sealedHash: try row.bytes())
    }
}

/// Uses a code up: the one statement that decides whether it was used already. Gives the set that it belongs to.
struct UseRecoveryCode: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.recovery_codes
        SET    used_at = $2
        WHERE  id = $1
        AND    used_at IS NULL
        RETURNING factor_id
        """

    let id: RecoveryCodeID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> FactorID { try row.id() }
}

/// Stores one code of a set that is about to be added.
struct StoreRecoveryCode: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.recovery_codes (id, factor_id, sealed_hash)
        VALUES ($1, $2, $3)
        """

    let id: RecoveryCodeID
    let set: FactorID
    let sealedHash: [UInt8]

    var parameters: [SQLValue] { [.id(id), .id(set), .bytes(sealedHash)] }
}

/// How many codes of a set are left.
struct CountUnusedRecoveryCodes: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.recovery_codes
        WHERE  factor_id = $1
        AND    used_at IS NULL
        """

    let set: FactorID

    var parameters: [SQLValue] { [.id(set)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}
