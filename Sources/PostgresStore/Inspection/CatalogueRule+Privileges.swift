internal import PluginKit

/// The rules for what the login roles may do with tables and schemas.
extension CatalogueRule {
    static let privileges = [platformTables, tenantTables, materialisedViews, heavyPrivileges, sequences, schemas]

    private static let platformTables = CatalogueRule(
        lint: "L2", message: "belongs to no tenant, and gatehouse_app or gatehouse_maintenance may touch it",
        remedy: "REVOKE the privilege, or give the table a tenant_id",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            CROSS JOIN pg_roles AS r
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p', 'f')
            AND    r.rolname IN ('gatehouse_app', 'gatehouse_maintenance')
            AND    NOT EXISTS (
                SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            )
            AND    (has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE')
                    OR has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
                       AND NOT (c.relname = 'schema_migrations'
                                AND NOT has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')))
            GROUP BY c.oid
            """)

    private static let tenantTables = CatalogueRule(
        lint: "role-platform", message: "holds rows of tenants, and gatehouse_platform may touch it",
        remedy: "REVOKE the privilege",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            JOIN   pg_roles AS r ON r.rolname = 'gatehouse_platform'
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p', 'f', 'v', 'm')
            AND    (has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
                    OR has_table_privilege(r.oid, c.oid, 'DELETE'))
            """)

    private static let materialisedViews = CatalogueRule(
        lint: "R9", message: "is a materialised view, which no policy can protect, and gatehouse_app may read it",
        remedy: "REVOKE SELECT, or make it a view with security_invoker",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_roles AS r ON r.rolname = 'gatehouse_app'
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind = 'm'
            AND    has_any_column_privilege(r.oid, c.oid, 'SELECT')
            """)

    private static let heavyPrivileges = CatalogueRule(
        lint: "R17", message: "grants TRUNCATE, REFERENCES or TRIGGER, to which policies do not apply",
        remedy: "REVOKE TRUNCATE, REFERENCES, TRIGGER",
        sql: """
            SELECT c.oid::regclass || ' to ' || r.rolname
            FROM   pg_class AS c
            CROSS JOIN pg_roles AS r
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p', 'f', 'v')
            AND    r.rolname IN ('gatehouse_app', 'gatehouse_platform', 'gatehouse_maintenance')
            AND    (has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER')
                    OR has_any_column_privilege(r.oid, c.oid, 'REFERENCES'))
            """)

    private static let sequences = CatalogueRule(
        lint: "R18", message: "is a sequence that gatehouse_app may read; it tells how much all tenants do",
        remedy: "REVOKE SELECT; use identifiers that the program makes",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_roles AS r ON r.rolname = 'gatehouse_app'
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind = 'S'
            AND    has_sequence_privilege(r.oid, c.oid, 'SELECT')
            """)

    private static let schemas = CatalogueRule(
        lint: "R7", message: "is a schema in which a role may create what a search path then finds",
        remedy: "REVOKE CREATE",
        sql: """
            SELECT n.nspname || ' for ' || r.rolname
            FROM   pg_namespace AS n
            CROSS JOIN pg_roles AS r
            WHERE  n.nspname IN ('gatehouse', 'public', 'pg_catalog')
            AND    r.rolname IN ('gatehouse_app', 'gatehouse_platform', 'gatehouse_maintenance')
            AND    has_schema_privilege(r.oid, n.oid, 'CREATE')
            """)
}
