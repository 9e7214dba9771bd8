import PluginKit

/// Keeps a person active and in his epoch until the transaction ends; the transaction fails where he no longer is.
struct HoldSessionEpoch: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.hold_session_epoch($1, $2)
        """

    let user: UserID
    let epoch: SessionEpoch

    var parameters: [SQLValue] { [.id(user), .int(Int64(epoch.number))] }
}

/// Begins a person's next epoch. It has to come before the sessions are ended: it waits for those that are just being
/// stored, and only a later statement sees them.
struct RaiseSessionEpoch: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users
        SET    session_epoch = session_epoch + 1
        WHERE  id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

extension RowReader {
    mutating func epoch() throws -> SessionEpoch { SessionEpoch(try int()) }
}
