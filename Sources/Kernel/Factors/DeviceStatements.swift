import Foundation
import PluginKit

/// A device of a person, by the hash of its token.
struct FindDevice: Statement {
    static let sql: SQL = """
        SELECT token_hash, proved_at
        FROM   gatehouse.devices
        WHERE  token_hash = $1
        AND    user_id = $2
        AND    expires_at > $3
        """

    let hash: [UInt8]
    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(user), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> KnownDevice {
        KnownDevice(hash: try row.bytes(), provedAt: try row.timeIfAny())
    }
}

/// Adds a device of a person.
struct AddDevice: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.devices (token_hash, user_id, created_at, expires_at, proved_at)
        VALUES ($1, $2, $3, $4, $5)
        """

    let hash: [UInt8]
    let user: UserID
    let provedAt: Date?
    let at: Date
    let expiresAt: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(user), .time(at), .time(expiresAt), .time(provedAt)] }
}

/// Takes one device from a person.
struct ForgetDevice: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.devices
        WHERE  token_hash = $1
        AND    user_id = $2
        """

    let hash: [UInt8]
    let user: UserID

    var parameters: [SQLValue] { [.bytes(hash), .id(user)] }
}

/// Takes all devices from a person.
struct ForgetDevices: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.devices
        WHERE  user_id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}
