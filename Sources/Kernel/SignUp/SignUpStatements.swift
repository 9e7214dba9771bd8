import Cryptography
import Foundation
import PluginKit

/// Removes a request of a login that nobody settled in time, so that its place is free.
struct DropOverdueSignUp: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.sign_up_requests
        WHERE  login_entry = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($1::text[]) AS x))
        AND    expires_at <= $2
        """

    let entries: [[UInt8]]
    let at: Date

    var parameters: [SQLValue] { [.texts(entries.map { Hexadecimal.encode($0) }), .time(at)] }
}

/// Keeps a request, unless it is unwelcome, the login has one, or too many wait. Of many at once, one is kept.
struct AddSignUp: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.sign_up_requests (id, sealed_login, login_entry, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5
        WHERE  $6
        AND    NOT EXISTS (
            SELECT FROM gatehouse.sign_up_requests
            WHERE  login_entry = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($7::text[]) AS x))
        )
        AND    (SELECT count(*) FROM (SELECT FROM gatehouse.sign_up_requests LIMIT $8) AS waiting) < $8
        ON CONFLICT (tenant_id, login_entry) DO NOTHING
        """

    let request: StoredSignUp
    let entry: [UInt8]
    let known: [[UInt8]]
    let isWelcome: Bool
    let most: Int

    var parameters: [SQLValue] {
        [
            .id(request.id), .bytes(request.sealedLogin), .bytes(entry), .time(request.createdAt),
            .time(request.expiresAt), .bool(isWelcome), .texts(known.map { Hexadecimal.encode($0) }), .int(Int64(most)),
        ]
    }
}

/// Requests that wait to be settled, oldest first.
struct ListSignUps: Statement {
    static let sql: SQL = """
        SELECT   id, sealed_login, created_at, expires_at
        FROM     gatehouse.sign_up_requests
        WHERE    expires_at > $3
        AND      ($1::uuid IS NULL OR id > $1)
        ORDER BY id
        LIMIT    $2
        """

    let after: SignUpID?
    let limit: Int
    let at: Date

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit)), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredSignUp { try StoredSignUp(reading: &row) }
}

/// Takes a request out, to be settled; of two who settle it at once, one gets it.
struct TakeSignUp: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.sign_up_requests
        WHERE  id = $1
        AND    expires_at > $2
        RETURNING id, sealed_login, created_at, expires_at
        """

    let id: SignUpID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredSignUp { try StoredSignUp(reading: &row) }
}

/// A page of requests, overdue or not, in the order in which they were made.
struct ListAllSignUps: Statement {
    static let sql: SQL = """
        SELECT   id, sealed_login, created_at, expires_at
        FROM     gatehouse.sign_up_requests
        WHERE    ($1::uuid IS NULL OR id > $1)
        ORDER BY id
        LIMIT    $2
        """

    let after: SignUpID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> StoredSignUp { try StoredSignUp(reading: &row) }
}

/// Gives a request its entry under another key.
struct SetSignUpEntry: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sign_up_requests
        SET    login_entry = $2
        WHERE  id = $1
        AND    login_entry IS DISTINCT FROM $2
        """

    let id: SignUpID
    let entry: [UInt8]

    var parameters: [SQLValue] { [.id(id), .bytes(entry)] }
}

extension StoredSignUp {
    fileprivate init(reading row: inout RowReader) throws {
        id = try row.id()
        sealedLogin = try row.bytes()
        createdAt = try row.time()
        expiresAt = try row.time()
    }
}
