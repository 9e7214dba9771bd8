import Foundation
import PluginKit

/// Enters tenants that are described by files. Only a changed name writes to a known row.
struct RegisterFileTenants: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenants AS t (id, slug, name, managed_by, created_at, updated_at)
        SELECT id, slug, name, 'file', $4, $4
        FROM   unnest($1::uuid[], $2::text[], $3::text[]) AS w (id, slug, name)
        ON CONFLICT (slug) DO UPDATE
        SET    name = excluded.name, updated_at = excluded.updated_at
        WHERE  t.name <> excluded.name
        """

    let ids: [TenantID]
    let slugs: [String]
    let names: [String]
    let at: Date

    var parameters: [SQLValue] { [.uuids(ids.map(\.rawValue)), .texts(slugs), .texts(names), .time(at)] }
}

/// The tenants that have these slugs.
struct FindTenants: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  slug = ANY ($1)
        """

    let slugs: [String]

    var parameters: [SQLValue] { [.texts(slugs)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by its slug.
struct FindTenant: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  slug = $1
        """

    let slug: String

    var parameters: [SQLValue] { [.text(slug)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by its id.
struct FindTenantByID: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  id = $1
        """

    let id: TenantID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A page of tenants, in the order in which they were made.
struct ListTenants: Statement {
    static let sql: SQL = """
        SELECT   id, slug, name, state, managed_by, created_at, owned_at
        FROM     gatehouse.tenants
        WHERE    $1::uuid IS NULL OR id > $1
        ORDER BY id
        LIMIT    $2
        """

    let after: TenantID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// Tenants whose values still stand in the clear, since they were made before values were sealed.
struct ListUnsealedTenants: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.tenants
        WHERE    sealed_at IS NULL
        ORDER BY id
        LIMIT    $1
        """

    let limit: Int

    var parameters: [SQLValue] { [.int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}

/// Notes that nothing of a tenant stands in the clear any more.
struct MarkTenantSealed: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenants
        SET    sealed_at = $2
        WHERE  id = $1
        """

    let id: TenantID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

extension TenantRecord {
    fileprivate init(reading row: inout RowReader) throws {
        id = try row.id()
        slug = try row.text()
        name = try row.text()
        guard let state = State(rawValue: try row.text()) else { throw RowShapeError(column: 3) }
        self.state = state
        managedBy = try row.text()
        createdAt = try row.time()
        ownedAt = try row.timeIfAny()
    }
}
