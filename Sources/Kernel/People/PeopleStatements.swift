import Foundation
import PluginKit

/// Makes a person.
struct InsertUser: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.users (id, login, login_key, display_name, state, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'active', $5, $5)
        """

    let id: UserID
    let login: Login
    let displayName: DisplayName?
    let at: Date

    var parameters: [SQLValue] {
        [.id(id), .text(login.written), .text(login.canonical), .text(displayName?.text), .time(at)]
    }
}

/// A person who is not deleted.
struct FindUser: Statement {
    static let sql: SQL = """
        SELECT u.id, u.login, u.display_name, u.state,
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

    static func decode(_ row: inout RowReader) throws -> User { try User(reading: &row) }
}

/// A page of people who are not deleted, in the order in which they were made.
struct ListUsers: Statement {
    static let sql: SQL = """
        SELECT   u.id, u.login, u.display_name, u.state,
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

    static func decode(_ row: inout RowReader) throws -> User { try User(reading: &row) }
}

/// The one look-up by login: the person, if any, who has this canonical form.
struct FindUserByLogin: Statement {
    static let sql: SQL = """
        SELECT id
        FROM   gatehouse.users
        WHERE  login_key = $1
        AND    deleted_at IS NULL
        """

    let login: Login

    var parameters: [SQLValue] { [.text(login.canonical)] }

    static func decode(_ row: inout RowReader) throws -> UserID { try row.id() }
}

/// The canonical login of a person who is not deleted.
struct FindLoginKey: Statement {
    static let sql: SQL = """
        SELECT login_key
        FROM   gatehouse.users
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: UserID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

/// A person with what he may do now, whatever his state but deleted.
struct FindAuthority: Statement {
    static let sql: SQL = """
        SELECT u.id, u.state,
               ARRAY(SELECT a.role
                     FROM   gatehouse.role_assignments a
                     WHERE  a.user_id = u.id
                     ORDER BY a.role),
               ARRAY(SELECT unnest(r.permissions)
                     FROM   gatehouse.role_assignments a
                     JOIN   gatehouse.roles r ON r.name = a.role
                     WHERE  a.user_id = u.id)
        FROM   gatehouse.users u
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
        SET    login        = coalesce($2, login),
               login_key    = coalesce($3, login_key),
               display_name = coalesce($4, display_name),
               updated_at   = $5
        WHERE  id = $1
        AND    deleted_at IS NULL
        """

    let id: UserID
    let changes: UserChanges
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(id), .text(changes.login?.written), .text(changes.login?.canonical), .text(changes.displayName?.text),
            .time(at),
        ]
    }
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

extension User {
    init(reading row: inout RowReader) throws {
        id = try row.id()
        login = try row.text()
        displayName = try row.textIfAny()
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
    }
}

extension RowReader {
    fileprivate mutating func userState() throws -> User.State {
        guard let state = User.State(rawValue: try text()) else { throw RowShapeError(column: 0) }
        return state
    }
}
