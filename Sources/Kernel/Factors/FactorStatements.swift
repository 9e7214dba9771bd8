import Foundation
import PluginKit

/// Adds a factor: pending, or a set of codes, which needs no first one.
struct AddFactor: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.factors (id, user_id, kind, is_backup, created_at, confirmed_at)
        VALUES ($1, $2, $3, $4, $5, CASE WHEN $4 THEN $5::timestamptz END)
        """

    let id: FactorID
    let user: UserID
    let kind: FactorKind
    let isBackup: Bool
    let at: Date

    var parameters: [SQLValue] { [.id(id), .id(user), .text(kind.rawValue), .bool(isBackup), .time(at)] }
}

/// All factors of a person, pending ones too, oldest first.
struct ListFactors: Statement {
    static let sql: SQL = """
        SELECT   id, kind, is_backup, created_at, confirmed_at, last_used_at
        FROM     gatehouse.factors
        WHERE    user_id = $1
        ORDER BY id
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }

    static func decode(_ row: inout RowReader) throws -> StoredFactor {
        StoredFactor(
            id: try row.id(), kind: FactorKind(rawValue: try row.text()), isBackup: try row.bool(),
            createdAt: try row.time(), confirmedAt: try row.timeIfAny(), lastUsedAt: try row.timeIfAny())
    }
}

/// How many active people have a factor of a kind.
struct CountPeopleWithFactor: Statement {
    static let sql: SQL = """
        SELECT count(DISTINCT f.user_id)
        FROM   gatehouse.factors f
        JOIN   gatehouse.users u ON u.id = f.user_id
        WHERE  f.kind = $1
        AND    f.confirmed_at IS NOT NULL
        AND    u.state = 'active'
        """

    let kind: FactorKind

    var parameters: [SQLValue] { [.text(kind.rawValue)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Makes a pending factor of a person count, once.
struct ConfirmFactor: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.factors
        SET    confirmed_at = $3, last_used_at = $3
        WHERE  id = $1
        AND    user_id = $2
        AND    confirmed_at IS NULL
        """

    let id: FactorID
    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .id(user), .time(at)] }
}

/// Notes that a factor was used.
struct TouchFactor: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.factors
        SET    last_used_at = $2
        WHERE  id = $1
        """

    let id: FactorID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

/// Removes one factor of a person, with all that its provider keeps of it.
struct RemoveFactor: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.factors
        WHERE  id = $1
        AND    user_id = $2
        """

    let id: FactorID
    let user: UserID

    var parameters: [SQLValue] { [.id(id), .id(user)] }
}

/// Removes what a person began to set up and did not finish.
struct RemovePendingFactors: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.factors
        WHERE  user_id = $1
        AND    confirmed_at IS NULL
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

/// Removes a person's set of codes of one kind.
struct RemoveBackup: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.factors
        WHERE  user_id = $1
        AND    kind = $2
        AND    is_backup
        """

    let user: UserID
    let kind: FactorKind

    var parameters: [SQLValue] { [.id(user), .text(kind.rawValue)] }
}

/// Removes all factors of a person.
struct RemoveFactors: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.factors
        WHERE  user_id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

/// States in a session that a second factor was proved in it.
struct StrengthenSession: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sessions
        SET    methods    = CASE WHEN $2 = ANY (methods) THEN methods ELSE methods || $2 END,
               is_trusted = true
        WHERE  id = $1
        """

    let id: SessionID
    let method: AuthenticationMethod

    var parameters: [SQLValue] { [.id(id), .text(method.rawValue)] }
}

/// Adds a ticket.
struct AddEnrollmentTicket: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.enrollment_tickets (token_hash, user_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)
        """

    let hash: [UInt8]
    let user: UserID
    let at: Date
    let expiresAt: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(user), .time(at), .time(expiresAt)] }
}

/// Whether a ticket is good for this person.
struct FindEnrollmentTicket: Statement {
    static let sql: SQL = """
        SELECT token_hash
        FROM   gatehouse.enrollment_tickets
        WHERE  token_hash = $1
        AND    user_id = $2
        AND    used_at IS NULL
        AND    expires_at > $3
        """

    let hash: [UInt8]
    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(user), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> [UInt8] { try row.bytes() }
}

/// Spends a ticket of a person; of many at once, one succeeds.
struct SpendEnrollmentTicket: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.enrollment_tickets
        SET    used_at = $3
        WHERE  token_hash = $1
        AND    user_id = $2
        AND    used_at IS NULL
        AND    expires_at > $3
        """

    let hash: [UInt8]
    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(user), .time(at)] }
}

/// Spends all tickets of a person.
struct SpendEnrollmentTickets: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.enrollment_tickets
        SET    used_at = $2
        WHERE  user_id = $1
        AND    used_at IS NULL
        """

    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.id(user), .time(at)] }
}
