import Foundation
import PluginKit

/// The tenant's own roles by name.
struct ListRoles: Statement {
    static let sql: SQL = """
        SELECT   name, permissions, version
        FROM     gatehouse.roles
        ORDER BY name
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> Role { try Role(reading: &row) }
}

/// One of the tenant's own roles.
struct FindRole: Statement {
    static let sql: SQL = """
        SELECT name, permissions, version
        FROM   gatehouse.roles
        WHERE  name = $1
        """

    let name: String

    var parameters: [SQLValue] { [.text(name)] }

    static func decode(_ row: inout RowReader) throws -> Role { try Role(reading: &row) }
}

/// Several of the tenant's own roles.
struct FindRoles: Statement {
    static let sql: SQL = """
        SELECT name, permissions, version
        FROM   gatehouse.roles
        WHERE  name = ANY ($1)
        """

    let names: [String]

    var parameters: [SQLValue] { [.texts(names)] }

    static func decode(_ row: inout RowReader) throws -> Role { try Role(reading: &row) }
}

/// Makes a role, or replaces exactly the version that the caller saw. No row comes back where that version is gone.
struct WriteRole: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.roles AS r (name, permissions, created_at, updated_at)
        VALUES ($1, $2, $4, $4)
        ON CONFLICT (tenant_id, name) DO UPDATE
        SET    permissions = excluded.permissions,
               version     = r.version + 1,
               updated_at  = excluded.updated_at
        WHERE  r.version = $3
        RETURNING name, permissions, version
        """

    let name: String
    let permissions: Set<Permission>
    let expected: Int?
    let at: Date

    var parameters: [SQLValue] {
        [.text(name), .texts(permissions.sorted().map(\.rawValue)), .int(expected.map(Int64.init)), .time(at)]
    }

    static func decode(_ row: inout RowReader) throws -> Role { try Role(reading: &row) }
}

extension Role {
    fileprivate init(reading row: inout RowReader) throws {
        self.init(
            name: try row.text(), permissions: Set(try row.texts().compactMap(Permission.init(rawValue:))),
            isBuiltIn: false, version: try row.int())
    }
}
