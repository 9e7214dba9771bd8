import PluginKit

/// How many rows of other tenants show themselves in a table that every tenant has rows in.
struct CountForeignRows: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.tenant_keys
        WHERE  tenant_id <> (SELECT gatehouse.tenant())
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Puts a row into another tenant, which must be refused.
struct PlantForeignRow: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.roles (tenant_id, name, permissions, created_at, updated_at)
        VALUES ($1, 'canary', '{}', now(), now())
        """

    let tenant: TenantID

    var parameters: [SQLValue] { [.id(tenant)] }
}

/// The context that the transaction has proved its tenant with.
struct ShowContext: Statement {
    static let sql: SQL = """
        SELECT current_setting('gatehouse.tenant', true)
        WHERE  gatehouse.tenant() IS NOT NULL
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> String { try row.textIfAny() ?? "" }
}

/// Claims a tenant by a context of one's own making, for the rest of the transaction.
struct ClaimContext: Statement {
    static let sql: SQL = """
        SELECT set_config('gatehouse.tenant', $1, true)
        WHERE  gatehouse.tenant() IS NOT NULL
        """

    let context: String

    var parameters: [SQLValue] { [.text(context)] }
}
