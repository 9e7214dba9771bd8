import Cryptography
import Foundation
import PluginKit

/// An invitation as the database keeps it.
struct StoredInvitation: Sendable {
    let id: InvitationID
    let sealedOffer: [UInt8]
    let roles: [String]
    let user: UserID?
    let invitedBy: UserID?
    let invitedByKey: KeyID?
    let createdAt: Date
    let expiresAt: Date
}

/// Makes everybody else who would invite into this tenant wait until the transaction ends.
struct LockInvitations: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('invitations:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// Adds an invitation.
struct InsertInvitation: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.invitations
            (id, token_hash, sealed_offer, login_entry, roles, user_id, invited_by, invited_by_key, created_at,
             expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """

    let invitation: Invitation
    let sealedOffer: [UInt8]
    let loginEntry: [UInt8]
    let tokenHash: [UInt8]

    var parameters: [SQLValue] {
        [
            .id(invitation.id), .bytes(tokenHash), .bytes(sealedOffer), .bytes(loginEntry), .texts(invitation.roles),
            .id(invitation.user), .id(invitation.invitedBy), .id(invitation.invitedByKey), .time(invitation.createdAt),
            .time(invitation.expiresAt),
        ]
    }
}

/// Ends the open invitation of a login, expired or not, to make room for a new one.
struct RevokeOpenInvitation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.invitations
        SET    revoked_at = $2
        WHERE  login_entry = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($1::text[]) AS x))
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        """

    let entries: [[UInt8]]
    let at: Date

    var parameters: [SQLValue] { [.texts(entries.map { Hexadecimal.encode($0) }), .time(at)] }
}

/// A page of open invitations, expired or not, in the order in which they were made.
struct ListOpenInvitations: Statement {
    static let sql: SQL = """
        SELECT   id, sealed_offer, roles, user_id, invited_by, invited_by_key, created_at, expires_at
        FROM     gatehouse.invitations
        WHERE    accepted_at IS NULL
        AND      revoked_at IS NULL
        AND      ($1::uuid IS NULL OR id > $1)
        ORDER BY id
        LIMIT    $2
        """

    let after: InvitationID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> StoredInvitation { try StoredInvitation(reading: &row) }
}

/// Gives an open invitation its entry under another key.
struct SetInvitationEntry: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.invitations
        SET    login_entry = $2
        WHERE  id = $1
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        AND    login_entry IS DISTINCT FROM $2
        """

    let id: InvitationID
    let entry: [UInt8]

    var parameters: [SQLValue] { [.id(id), .bytes(entry)] }
}

/// Ends one open invitation.
struct RevokeInvitation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.invitations
        SET    revoked_at = $2
        WHERE  id = $1
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        """

    let id: InvitationID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

/// The roles of one open invitation.
struct FindInvitationRoles: Statement {
    static let sql: SQL = """
        SELECT roles
        FROM   gatehouse.invitations
        WHERE  id = $1
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        AND    expires_at > $2
        """

    let id: InvitationID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> [String] { try row.texts() }
}

/// The invitation that is open for a login.
struct FindInvitationOfLogin: Statement {
    static let sql: SQL = """
        SELECT id, sealed_offer, roles, user_id, invited_by, invited_by_key, created_at, expires_at
        FROM   gatehouse.invitations
        WHERE  login_entry = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($1::text[]) AS x))
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        AND    expires_at > $2
        """

    let entries: [[UInt8]]
    let at: Date

    var parameters: [SQLValue] { [.texts(entries.map { Hexadecimal.encode($0) }), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredInvitation { try StoredInvitation(reading: &row) }
}

/// A page of open invitations, in the order in which they were made.
struct ListInvitations: Statement {
    static let sql: SQL = """
        SELECT   id, sealed_offer, roles, user_id, invited_by, invited_by_key, created_at, expires_at
        FROM     gatehouse.invitations
        WHERE    accepted_at IS NULL
        AND      revoked_at IS NULL
        AND      expires_at > $3
        AND      ($1::uuid IS NULL OR id > $1)
        ORDER BY id
        LIMIT    $2
        """

    let after: InvitationID?
    let limit: Int
    let at: Date

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit)), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredInvitation { try StoredInvitation(reading: &row) }
}

/// The open invitation that a token belongs to.
struct FindOpenInvitation: Statement {
    static let sql: SQL = """
        SELECT id, sealed_offer, roles, user_id, invited_by, invited_by_key, created_at, expires_at
        FROM   gatehouse.invitations
        WHERE  token_hash = $1
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        AND    expires_at > $2
        """

    let tokenHash: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.bytes(tokenHash), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> StoredInvitation { try StoredInvitation(reading: &row) }
}

/// Spends an invitation; of many at once, one succeeds.
struct SpendInvitation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.invitations
        SET    accepted_at = $2
        WHERE  token_hash = $1
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        AND    expires_at > $2
        """

    let tokenHash: [UInt8]
    let at: Date

    var parameters: [SQLValue] { [.bytes(tokenHash), .time(at)] }
}

/// What an API key that invited somebody allows now; no row for one that is at its end.
struct FindInvitingKey: Statement {
    static let sql: SQL = """
        SELECT k.scopes
        FROM   gatehouse.api_keys k
        WHERE  k.id = $1
        AND    k.revoked_at IS NULL
        AND    EXISTS (
                   SELECT FROM gatehouse.api_key_secrets s
                   WHERE  s.key_id = k.id
                   AND    s.ended_at IS NULL
                   AND    s.expires_at > $2
                   AND    (s.retires_at IS NULL OR s.retires_at > $2))
        """

    let id: KeyID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }

    static func decode(_ row: inout RowReader) throws -> Set<Permission> {
        Set(try row.texts().compactMap(Permission.init))
    }
}

/// Notes whom an invitation made, so that what it says of him goes when he goes.
struct NameInvited: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.invitations
        SET    user_id = $2
        WHERE  id = $1
        """

    let id: InvitationID
    let user: UserID

    var parameters: [SQLValue] { [.id(id), .id(user)] }
}

/// Tells the registry that this tenant has an owner now.
struct MarkTenantOwned: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.mark_tenant_owned($1)
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }
}

extension StoredInvitation {
    fileprivate init(reading row: inout RowReader) throws {
        id = try row.id()
        sealedOffer = try row.bytes()
        roles = try row.texts()
        user = try row.idIfAny()
        invitedBy = try row.idIfAny()
        invitedByKey = try row.idIfAny()
        createdAt = try row.time()
        expiresAt = try row.time()
    }
}
