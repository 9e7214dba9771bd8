import DatabaseTesting
import Foundation
import PluginKit
import Testing

/// Looks into the database past row-level security, for what no tenant may see.
extension House {
    /// Every row of `tenant` in every table, as text.
    func rows(of tenant: TestTenant) async throws -> [String] {
        let administrator = try await TestDatabase.shared.administrator
        return try await administrator.rows(DumpTenant(id: tenant.id))
    }

    /// The names of all columns that tables of tenants have.
    func columns() async throws -> [String] {
        try await TestDatabase.shared.administrator.rows(ListColumns())
    }
}

private struct DumpTenant: Statement {
    // A query within a query is the one way to read tables whose names are data.
    static let sql: SQL = """
        SELECT   c.table_name || ': ' || query_to_xml(
                     format('SELECT t::text FROM gatehouse.%I t WHERE tenant_id = %L ORDER BY 1', c.table_name, $1),
                     true, false, '')::text
        FROM     information_schema.columns c
        WHERE    c.table_schema = 'gatehouse'
        AND      c.column_name = 'tenant_id'
        ORDER BY c.table_name
        """

    let id: TenantID

    var parameters: [SQLValue] { [.text(id.rawValue.uuidString)] }

    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

private struct ListColumns: Statement {
    static let sql: SQL = """
        SELECT   DISTINCT column_name::text
        FROM     information_schema.columns
        WHERE    table_schema = 'gatehouse'
        ORDER BY 1
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}
