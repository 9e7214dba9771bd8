import Foundation
import PluginKit

/// Begins a sign-in transaction.
struct BeginSignInTransaction: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.sign_in_transactions
            (token_hash, user_id, step, methods, created_at, expires_at, must_change, is_trusted, session_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """

    let hash: [UInt8]
    let step: SignInTransactions.Step
    let evidence: SignInEvidence
    let at: Date
    let expiresAt: Date

    var parameters: [SQLValue] {
        [
            .bytes(hash), .id(evidence.person.user), .text(step.rawValue), .texts(evidence.methods.map(\.rawValue)),
            .time(at), .time(expiresAt), .bool(evidence.mustChangePassword), .bool(evidence.isTrusted),
            .int(Int64(evidence.epoch.number)),
        ]
    }
}

/// A transaction as the database keeps it, with its person's login.
struct StoredSignIn: Sendable {
    let hash: [UInt8]
    let user: UserID
    let sealedLogin: [UInt8]
    let methods: [AuthenticationMethod]
    let createdAt: Date
    let mustChangePassword: Bool
    let isTrusted: Bool
    let ticketHash: [UInt8]?
    let epoch: SessionEpoch
}

/// An open transaction of an active person that waits for a step, and whose epoch has not passed.
struct FindSignInTransaction: Statement {
    static let sql: SQL = """
        SELECT t.token_hash, t.user_id, u.sealed_login, t.methods, t.created_at, t.must_change, t.is_trusted,
               t.ticket_hash, t.session_epoch
        FROM   gatehouse.sign_in_transactions t
        JOIN   gatehouse.users u ON u.id = t.user_id
        WHERE  t.token_hash = $1
        AND    t.step = $2
        AND    t.used_at IS NULL
        AND    t.expires_at > $3
        AND    u.state = 'active'
        AND    u.session_epoch = t.session_epoch
        """

    let hash: [UInt8]
    let step: SignInTransactions.Step
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .text(step.rawValue), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredSignIn {
        StoredSignIn(
            hash: try row.bytes(), user: try row.id(), sealedLogin: try row.bytes(), methods: try row.methods(),
            createdAt: try row.time(), mustChangePassword: try row.bool(), isTrusted: try row.bool(),
            ticketHash: try row.bytesIfAny(), epoch: try row.epoch())
    }
}

/// Lets a transaction set up a first factor, by a ticket that the new factor will use up.
struct TrustSignInTransaction: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sign_in_transactions
        SET    is_trusted = true, ticket_hash = $2
        WHERE  token_hash = $1
        """

    let hash: [UInt8]
    let ticketHash: [UInt8]

    var parameters: [SQLValue] { [.bytes(hash), .bytes(ticketHash)] }
}

/// Spends a transaction; of many at once, one succeeds.
struct SpendSignInTransaction: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sign_in_transactions
        SET    used_at = $2
        WHERE  token_hash = $1
        AND    used_at IS NULL
        AND    expires_at > $2
        """

    let hash: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .time(at)] }
}

/// Spends all open transactions of a person, since what they stand on is no more.
struct SpendSignInTransactions: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sign_in_transactions
        SET    used_at = $2
        WHERE  user_id = $1
        AND    used_at IS NULL
        """

    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.id(user), .time(at)] }
}
