import Cryptography
import Foundation
import PluginKit

/// A person as the database keeps him.
struct StoredUser: Sendable {
    let id: UserID
    let sealedLogin: [UInt8]
    let sealedDisplayName: [UInt8]?
    let state: User.State
    let roles: [String]
    let createdAt: Date
    let updatedAt: Date
}

/// Makes a person.
struct InsertUser: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.users (id, sealed_login, sealed_display_name, state, created_at, updated_at)
        VALUES ($1, $2, $3, 'active', $4, $4)
        """

    let id: UserID
    let sealedLogin: [UInt8]
    let sealedDisplayName: [UInt8]?
    let at: Date

    var parameters: [SQLValue] { [.id(id), .bytes(sealedLogin), .bytes(sealedDisplayName), .time(at)] }
}

/// Lists a person under one key, so that he is found by his login.
struct AddLoginEntry: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.login_entries (entry, key_id, form, user_id)
        VALUES ($1, $2, $3, $4)
        """

    let entry: LoginEntry
    let user: UserID

    var parameters: [SQLValue] {
        [.bytes(entry.entry), .id(entry.key), .int(Int64(Login.formVersion)), .id(user)]
    }
}

/// Lists a person under one more key, unless he is listed there already or his login was changed meanwhile.
struct AddMissingLoginEntry: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.login_entries (entry, key_id, form, user_id)
        SELECT $1, $2, $3, u.id
        FROM   gatehouse.users u
        WHERE  u.id = $4
        AND    u.sealed_login = $5
        AND    u.deleted_at IS NULL
        FOR SHARE
        ON CONFLICT (tenant_id, user_id, key_id) DO NOTHING
        """

    let entry: LoginEntry
    let user: UserID
    let sealedLogin: [UInt8]

    var parameters: [SQLValue] {
        [
            .bytes(entry.entry), .id(entry.key), .int(Int64(Login.formVersion)), .id(user), .bytes(sealedLogin),
        ]
    }
}

/// Takes a person out of the list, so that he can be listed by another login.
struct DeleteLoginEntries: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.login_entries
        WHERE  user_id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

/// People who are not listed under a key yet, in the order in which they were made.
struct ListUnlistedUsers: Statement {
    static let sql: SQL = """
        SELECT   u.id, u.sealed_login
        FROM     gatehouse.users u
        WHERE    u.deleted_at IS NULL
        AND      ($2::uuid IS NULL OR u.id > $2)
        AND      NOT EXISTS (SELECT FROM gatehouse.login_entries e WHERE e.user_id = u.id AND e.key_id = $1)
        ORDER BY u.id
        LIMIT    $3
        """

    let key: DataKeyID
    let after: UserID?
    let limit: Int

    var parameters: [SQLValue] { [.id(key), .id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> ListedUser {
        ListedUser(id: try row.id(), sealedLogin: try row.bytes())
    }
}

/// A person whose login is listed, or has to be.
struct ListedUser: Sendable {
    let id: UserID
    let sealedLogin: [UInt8]
}

/// A person as a look-up by login finds him.
struct FoundUser: Sendable {
    let id: UserID
    let sealedLogin: [UInt8]
    let epoch: SessionEpoch
}

/// A person who is not deleted.
struct FindUser: Statement {
    static let sql: SQL = """
        SELECT u.id, u.sealed_login, u.sealed_display_name, u.state,
               ARRAY(SELECT a.role
                     FROM   gatehouse.role_assignments a
                     WHERE  a.user_id = u.id
                     ORDER BY a.role),
               u.created_at, u.updated_at
        FROM   gatehouse.users u
        WHERE  u.id = $1
        AND    u.deleted_at IS NULL
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> StoredUser { try StoredUser(reading: &row) }
}

/// A page of people who are not deleted, in the order in which they were made.
struct ListUsers: Statement {
    static let sql: SQL = """
        SELECT   u.id, u.sealed_login, u.sealed_display_name, u.state,
                 ARRAY(SELECT a.role
                       FROM   gatehouse.role_assignments a
                       WHERE  a.user_id = u.id
                       ORDER BY a.role),
                 u.created_at, u.updated_at
        FROM     gatehouse.users u
        WHERE    u.deleted_at IS NULL
        AND      ($1::uuid IS NULL OR u.id > $1)
        ORDER BY u.id
        LIMIT    $2
        """

    let after: UserID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> StoredUser { try StoredUser(reading: &row) }
}

/// The one look-up by login: the person, if any, who is listed by one of these entries.
struct FindUserByLogin: Statement {
    static let sql: SQL = """
        SELECT u.id, u.sealed_login, u.session_epoch
        FROM   gatehouse.login_entries e
        JOIN   gatehouse.users u ON u.id = e.user_id
        WHERE  e.entry = ANY (ARRAY(SELECT decode(x, 'hex') FROM unnest($1::text[]) AS x))
        AND    u.deleted_at IS NULL
        LIMIT  1
        """

    let entries: [[UInt8]]

    var parameters: [SQLValue] { [.texts(entries.map { Hexadecimal.encode($0) })] }

    static func decode(_ row: inout RowReader) throws -> FoundUser {
        FoundUser(id: try row.id(), sealedLogin: try row.bytes(), epoch: try row.epoch())
    }
}

/// The login of a person who is not deleted.
struct FindSealedLogin: Statement {
    static let sql: SQL = """
        SELECT sealed_login
        FROM   gatehouse.users
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> [UInt8] { try row.bytes() }
}

/// A person with what he may do now, whatever his state but deleted.
struct FindAuthority: Statement {
    static let sql: SQL = """
        SELECT u.id, u.state, held.roles,
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
        FROM   gatehouse.users u
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT a.role
                         FROM   gatehouse.role_assignments a
                         WHERE  a.user_id = u.id
                         ORDER BY a.role) AS roles
            -- Read once, although two columns use it.
            OFFSET 0
        ) held
        WHERE  u.id = $1
        AND    u.deleted_at IS NULL
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> PersonAuthority { try PersonAuthority(reading: &row) }
}

/// Makes other changes to this person wait until the transaction ends.
struct LockUser: Statement {
    static let sql: SQL = """
        SELECT id
        FROM   gatehouse.users
        WHERE  id = $1
        FOR UPDATE
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }
}

/// Makes other changes that could take away an owner wait until the transaction ends.
struct LockOwners: Statement {
    static let sql: SQL = """
        SELECT user_id
        FROM   gatehouse.role_assignments
        WHERE  role = 'owner'
        ORDER BY user_id
        FOR UPDATE
        """

    var parameters: [SQLValue] { [] }
}

/// How many active owners there are beside this person.
struct CountOtherOwners: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.role_assignments a
        JOIN   gatehouse.users u ON u.id = a.user_id
        WHERE  a.role = 'owner'
        AND    u.state = 'active'
        AND    u.id <> $1
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Changes a person's login or name where a new one is given.
struct UpdateUser: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users
        SET    sealed_login        = coalesce($2, sealed_login),
               sealed_display_name = coalesce($3, sealed_display_name),
               updated_at          = $4
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: UserID
    let sealedLogin: [UInt8]?
    let sealedDisplayName: [UInt8]?
    let at: Date

    var parameters: [SQLValue] { [.id(id), .bytes(sealedLogin), .bytes(sealedDisplayName), .time(at)] }
}

/// Moves a person to another state.
struct SetUserState: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users
        SET    state      = $2,
               updated_at = $3,
               deleted_at = CASE WHEN $2 = 'deleted' THEN $3::timestamptz END
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: UserID
    let state: User.State
    let at: Date

    var parameters: [SQLValue] { [.id(id), .text(state.rawValue), .time(at)] }
}

/// Removes what only served a deleted person's signing in, with what he was found by.
struct EraseSignIn: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.erase_sign_in($1)
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

/// Gives a person roles; those he has stay as they are.
struct AssignRoles: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.role_assignments (user_id, role, granted_at)
        SELECT $1, role, $3
        FROM   unnest($2::text[]) AS role
        ON CONFLICT (tenant_id, user_id, role) DO NOTHING
        """

    let user: UserID
    let roles: [String]
    let at: Date

    var parameters: [SQLValue] { [.id(user), .texts(roles), .time(at)] }
}

/// Takes all roles from a person but some.
struct WithdrawRoles: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.role_assignments
        WHERE  user_id = $1
        AND    role <> ALL ($2)
        """

    let user: UserID
    let kept: [String]

    var parameters: [SQLValue] { [.id(user), .texts(kept)] }
}

extension StoredUser {
    init(reading row: inout RowReader) throws {
        id = try row.id()
        sealedLogin = try row.bytes()
        sealedDisplayName = try row.bytesIfAny()
        state = try row.userState()
        roles = try row.texts()
        createdAt = try row.time()
        updatedAt = try row.time()
    }
}

extension PersonAuthority {
    init(reading row: inout RowReader) throws {
        user = try row.id()
        state = try row.userState()
        roles = try row.texts()
        let own = try row.texts().compactMap(Permission.init(rawValue:))
        permissions = roles.compactMap(BuiltInRole.init(rawValue:)).reduce(into: Set(own)) {
            $0.formUnion($1.permissions)
        }
        factors = try row.texts().map(FactorKind.init(rawValue:))
        secondFactorSince = try row.timeIfAny()
        epoch = try row.epoch()
    }
}

extension RowReader {
    fileprivate mutating func userState() throws -> User.State {
        guard let state = User.State(rawValue: try text()) else { throw RowShapeError(column: 0) }
        return state
    }
}
