import Cryptography
import Foundation
import PluginKit

/// Begins a session.
struct StartSession: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.sessions
            (id, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, sealed_origin, is_trusted)
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)
        """

    let id: SessionID
    let admission: Admission
    let sealedOrigin: [UInt8]
    let at: Date
    let expiresAt: Date

    var parameters: [SQLValue] {
        [
            .id(id), .id(admission.user), .texts(admission.methods.map(\.rawValue)), .time(admission.authenticatedAt),
            .time(at), .time(expiresAt), .bytes(sealedOrigin), .bool(admission.isTrusted),
        ]
    }
}

/// Adds a session's first refresh token.
struct AddRefreshToken: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.refresh_tokens (token_hash, session_id, issued_at)
        VALUES ($1, $2, $3)
        """

    let hash: [UInt8]
    let session: SessionID
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .id(session), .time(at)] }
}

/// A live session of an active person, with what he may do now.
struct FindLiveSession: Statement {
    static let sql: SQL = """
        SELECT s.id, s.methods, s.authenticated_at, s.created_at, s.expires_at, s.is_trusted, u.id, u.state, held.roles,
               ARRAY(SELECT unnest(r.permissions)
                     FROM   gatehouse.roles r
                     WHERE  r.name = ANY (held.roles)),
               ARRAY(SELECT f.kind
                     FROM   gatehouse.factors f
                     WHERE  f.user_id = u.id
                     AND    f.confirmed_at IS NOT NULL
                     AND    NOT f.is_backup
                     ORDER BY f.kind),
               u.second_factor_since, u.session_epoch
        FROM   gatehouse.sessions s
        JOIN   gatehouse.users u ON u.id = s.user_id
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT a.role
                         FROM   gatehouse.role_assignments a
                         WHERE  a.user_id = u.id
                         ORDER BY a.role) AS roles
            -- Read once, although two columns use it.
            OFFSET 0
        ) held
        WHERE  s.id = $1
        AND    s.ended_at IS NULL
        AND    s.expires_at > $2
        AND    u.state = 'active'
        """

    let id: SessionID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> LiveSession { try LiveSession(reading: &row) }
}

/// Spends a refresh token and adds its successor, in one statement, so that of many at once one succeeds.
struct RotateRefreshToken: Statement {
    static let sql: SQL = """
        WITH spent AS (
            UPDATE gatehouse.refresh_tokens t
            SET    used_at = $4, used_by = $3
            FROM   gatehouse.sessions s
            JOIN   gatehouse.users u ON u.id = s.user_id
            WHERE  t.token_hash = $1
            AND    t.used_at IS NULL
            AND    s.id = t.session_id
            -- Says the same once more, so that the plan begins at the token even where no statistics exist yet.
            AND    s.id = (SELECT f.session_id FROM gatehouse.refresh_tokens f WHERE f.token_hash = $1)
            AND    s.ended_at IS NULL
            AND    s.expires_at > $4
            AND    u.state = 'active'
            RETURNING s.id AS session_id, s.methods, s.authenticated_at, s.created_at, s.expires_at, s.is_trusted,
                      u.id AS user_id, u.state, u.second_factor_since, u.session_epoch
        ), successor AS (
            INSERT INTO gatehouse.refresh_tokens (token_hash, session_id, issued_at)
            SELECT $2, session_id, $4
            FROM   spent
        ), touched AS (
            UPDATE gatehouse.sessions s
            SET    last_used_at = $4
            FROM   spent
            WHERE  s.id = spent.session_id
        )
        SELECT spent.session_id, spent.methods, spent.authenticated_at, spent.created_at, spent.expires_at,
               spent.is_trusted, spent.user_id, spent.state, held.roles,
               ARRAY(SELECT unnest(r.permissions)
                     FROM   gatehouse.roles r
                     WHERE  r.name = ANY (held.roles)),
               ARRAY(SELECT f.kind
                     FROM   gatehouse.factors f
                     WHERE  f.user_id = spent.user_id
                     AND    f.confirmed_at IS NOT NULL
                     AND    NOT f.is_backup
                     ORDER BY f.kind),
               spent.second_factor_since, spent.session_epoch
        FROM   spent
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT a.role
                         FROM   gatehouse.role_assignments a
                         WHERE  a.user_id = spent.user_id
                         ORDER BY a.role) AS roles
            -- Read once, although two columns use it.
            OFFSET 0
        ) held
        """

    let hash: [UInt8]
    let successor: [UInt8]
    let client: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.bytes(hash), .bytes(successor), .bytes(client), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> LiveSession { try LiveSession(reading: &row) }
}

/// A refresh token that could not be spent, and whether its successor is still fresh.
struct SpentRefreshToken: Sendable {
    let session: SessionID
    let user: UserID
    let usedAt: Date?
    let usedBy: [UInt8]?
    /// The hash of its successor, where that is still fresh.
    let freshSuccessor: [UInt8]?
}

/// Finds out why a refresh token could not be spent.
struct FindSpentRefreshToken: Statement {
    static let sql: SQL = """
        SELECT t.session_id, s.user_id, t.used_at, t.used_by,
               (
                   SELECT n.token_hash
                   FROM   gatehouse.refresh_tokens n
                   WHERE  n.token_hash = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($2::text[]) AS x))
                   AND    n.used_at IS NULL
                   LIMIT  1
               )
        FROM   gatehouse.refresh_tokens t
        JOIN   gatehouse.sessions s ON s.id = t.session_id
        WHERE  t.token_hash = $1
        """

    let hash: [UInt8]
    let successors: [[UInt8]]

    var parameters: [SQLValue] { [.bytes(hash), .texts(successors.map { Hexadecimal.encode($0) })] }

    static func decode(_ row: inout RowReader) throws -> SpentRefreshToken {
        SpentRefreshToken(
            session: try row.id(), user: try row.id(), usedAt: try row.timeIfAny(), usedBy: try row.bytesIfAny(),
            freshSuccessor: try row.bytesIfAny())
    }
}

/// The session that a refresh token belongs to, whatever its state.
struct FindRefreshTokenOwner: Statement {
    static let sql: SQL = """
        SELECT s.id, s.user_id
        FROM   gatehouse.refresh_tokens t
        JOIN   gatehouse.sessions s ON s.id = t.session_id
        WHERE  t.token_hash = $1
        """

    let hash: [UInt8]

    var parameters: [SQLValue] { [.bytes(hash)] }

    static func decode(_ row: inout RowReader) throws -> (session: SessionID, user: UserID) {
        (try row.id(), try row.id())
    }
}

/// A session as the database keeps it.
struct StoredSession: Sendable {
    let id: SessionID
    let user: UserID
    let methods: [AuthenticationMethod]
    let authenticatedAt: Date
    let createdAt: Date
    let lastUsedAt: Date
    let expiresAt: Date
    let sealedOrigin: [UInt8]
}

/// A person's live sessions, newest first; nobody has more than a page of them worth showing.
struct ListSessions: Statement {
    static let sql: SQL = """
        SELECT   id, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, sealed_origin
        FROM     gatehouse.sessions
        WHERE    user_id = $1
        AND      ended_at IS NULL
        AND      expires_at > $2
        ORDER BY id DESC
        LIMIT    200
        """

    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.id(user), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredSession {
        StoredSession(
            id: try row.id(), user: try row.id(), methods: try row.methods(), authenticatedAt: try row.time(),
            createdAt: try row.time(), lastUsedAt: try row.time(), expiresAt: try row.time(),
            sealedOrigin: try row.bytes())
    }
}

/// How many sessions of the tenant are live.
struct CountLiveSessions: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.sessions
        WHERE  ended_at IS NULL
        AND    expires_at > $1
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Ends one live session of a person.
struct EndSession: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sessions
        SET    ended_at = $4, end_reason = $3
        WHERE  id = $1
        AND    user_id = $2
        AND    ended_at IS NULL
        """

    let id: SessionID
    let user: UserID
    let reason: SessionEnd
    let at: Date

    var parameters: [SQLValue] { [.id(id), .id(user), .text(reason.rawValue), .time(at)] }
}

/// Ends all live sessions of a person, but for one that may be kept.
struct EndSessionsOfUser: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.sessions
        SET    ended_at = $4, end_reason = $3
        WHERE  user_id = $1
        AND    id IS DISTINCT FROM $2
        AND    ended_at IS NULL
        """

    let user: UserID
    let kept: SessionID?
    let reason: SessionEnd
    let at: Date

    var parameters: [SQLValue] { [.id(user), .id(kept), .text(reason.rawValue), .time(at)] }
}

/// The sessions that were ended since a moment, for the revocation feed: the latest of them, latest first.
struct ListEndedSessions: Statement {
    static let sql: SQL = """
        SELECT   id, ended_at
        FROM     gatehouse.sessions
        WHERE    ended_at > $1
        ORDER BY ended_at DESC, id DESC
        LIMIT    $2
        """

    let since: Date
    let limit: Int

    var parameters: [SQLValue] { [.time(since), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> (id: SessionID, endedAt: Date) {
        (try row.id(), try row.time())
    }
}

extension LiveSession {
    init(reading row: inout RowReader) throws {
        id = try row.id()
        methods = try row.methods()
        authenticatedAt = try row.time()
        createdAt = try row.time()
        expiresAt = try row.time()
        isTrusted = try row.bool()
        person = try PersonAuthority(reading: &row)
    }
}

extension RowReader {
    mutating func methods() throws -> [AuthenticationMethod] { try texts().compactMap(AuthenticationMethod.init) }
}
