import Foundation
import PluginKit

/// Begins a sign-in transaction.
struct BeginSignInTransaction: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.sign_in_transactions (token_hash, user_id, step, methods, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """

    let hash: [UInt8]
    let step: SignInTransactions.Step
    let evidence: SignInEvidence
    let at: Date
    let expiresAt: Date

    var parameters: [SQLValue] {
        [
            .bytes(hash), .id(evidence.person.user), .text(step.rawValue), .texts(evidence.methods.map(\.rawValue)),
            .time(at), .time(expiresAt),
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
}

/// An open transaction of an active person that waits for a step.
struct FindSignInTransaction: Statement {
    static let sql: SQL = """
        SELECT t.token_hash, t.user_id, u.sealed_login, t.methods, t.created_at
        FROM   gatehouse.sign_in_transactions t
        JOIN   gatehouse.users u ON u.id = t.user_id
        WHERE  t.token_hash = $1
        AND    t.step = $2
        AND    t.used_at IS NULL
        AND    t.expires_at > $3
        AND    u.state = 'active'
        """

    let hash: [UInt8]
    let step: SignInTransactions.Step
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .text(step.rawValue), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredSignIn {
        StoredSignIn(
            hash: try row.bytes(), user: try row.id(), sealedLogin: try row.bytes(), methods: try row.methods(),
            createdAt: try row.time())
    }
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
