internal import PluginKit

/// The rules for tables, views and their keys.
extension CatalogueRule {
    static let tables = [
        unforcedTables, unisolatedTables, openPolicies, nullableTenants, views, foreignOwners, keys, references,
    ]

    private static let unforcedTables = CatalogueRule(
        lint: "L1", message: "holds rows of tenants without forced row-level security",
        remedy: "CALL gatehouse.isolate(…) in its migration",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p', 'f')
            AND    NOT (c.relrowsecurity AND c.relforcerowsecurity)
            """)

    /// A partition is a table like any other here: whoever may read it goes round its parent's policies.
    private static let unisolatedTables = CatalogueRule(
        lint: "L1",
        message: "has no restrictive policy that admits the proven tenant only, for reading and for writing",
        remedy: "CALL gatehouse.isolate(…) in its migration",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            CROSS JOIN pg_roles AS r
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p')
            AND    r.rolname IN ('gatehouse_app', 'gatehouse_owner')
            AND    NOT EXISTS (
                SELECT
                FROM   pg_policy AS p
                WHERE  p.polrelid = c.oid
                AND    NOT p.polpermissive
                AND    p.polcmd = '*'
                AND    p.polroles && ARRAY[r.oid, 0::oid]
                AND    pg_get_expr(p.polqual, c.oid) ~ '^\\(tenant_id = \\( SELECT (gatehouse\\.)?tenant\\(\\) AS tenant\\)\\)$'
                AND    pg_get_expr(p.polwithcheck, c.oid) = pg_get_expr(p.polqual, c.oid)
            )
            GROUP BY c.oid
            """)

    private static let openPolicies = CatalogueRule(
        lint: "L1", message: "opens a tenants' table to a role that proves no tenant",
        remedy: "DROP POLICY; only gatehouse_maintenance may have policies of its own, for SELECT and DELETE",
        sql: """
            SELECT p.polname || ' on ' || p.polrelid::regclass
            FROM   pg_policy AS p
            JOIN   pg_class AS c ON c.oid = p.polrelid
            CROSS JOIN unnest(p.polroles) AS granted (role)
            LEFT JOIN pg_roles AS r ON r.oid = granted.role
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    p.polpermissive
            AND    (r.rolname IS NULL OR r.rolname NOT IN ('gatehouse_app', 'gatehouse_owner'))
            AND    NOT coalesce(r.rolname = 'gatehouse_maintenance' AND p.polcmd IN ('r', 'd'), false)
            """)

    private static let nullableTenants = CatalogueRule(
        lint: "L1",
        message: "may hold rows that belong to no tenant, or takes the tenant from elsewhere than the context",
        remedy: "declare tenant_id uuid NOT NULL DEFAULT gatehouse.tenant()",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind IN ('r', 'p')
            AND    NOT (a.attnotnull AND a.atttypid = 'uuid'::regtype
                        AND coalesce(pg_get_expr(d.adbin, c.oid), '') ~ '^(gatehouse\\.)?tenant\\(\\)$')
            """)

    private static let views = CatalogueRule(
        lint: "L3", message: "is a view that reads with its owner's rights",
        remedy: "ALTER VIEW … SET (security_invoker = true)",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    c.relkind = 'v'
            AND    NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
            """)

    private static let foreignOwners = CatalogueRule(
        lint: "R1", message: "does not belong to gatehouse_owner",
        remedy: "ALTER … OWNER TO gatehouse_owner",
        sql: """
            SELECT c.oid::regclass::text
            FROM   pg_class AS c
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    pg_get_userbyid(c.relowner) <> 'gatehouse_owner'
            UNION ALL
            SELECT p.oid::regprocedure::text
            FROM   pg_proc AS p
            WHERE  p.pronamespace = 'gatehouse'::regnamespace
            AND    pg_get_userbyid(p.proowner) <> 'gatehouse_owner'
            UNION ALL
            SELECT 'schema ' || n.nspname
            FROM   pg_namespace AS n
            WHERE  n.nspname = 'gatehouse'
            AND    pg_get_userbyid(n.nspowner) <> 'gatehouse_owner'
            """)

    /// Unique indexes stand behind primary keys and unique constraints, too.
    private static let keys = CatalogueRule(
        lint: "L6", message: "is a unique key that does not begin with tenant_id, so that tenants can feel each other",
        remedy: "begin the key with tenant_id",
        sql: """
            SELECT i.indexrelid::regclass::text
            FROM   pg_index AS i
            JOIN   pg_class AS c ON c.oid = i.indrelid
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    i.indisunique
            AND    i.indkey[0] <> a.attnum
            """)

    /// Checks of foreign keys go round row-level security, so the key itself must keep to the tenant.
    private static let references = CatalogueRule(
        lint: "L6", message: "is a foreign key that can reach a row of another tenant",
        remedy: "begin the key with tenant_id on both sides",
        sql: """
            SELECT k.conname || ' on ' || k.conrelid::regclass
            FROM   pg_constraint AS k
            JOIN   pg_class AS c ON c.oid = k.conrelid
            JOIN   pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
            JOIN   pg_attribute AS target ON target.attrelid = k.confrelid AND target.attnum = k.confkey[1]
            WHERE  c.relnamespace = 'gatehouse'::regnamespace
            AND    k.contype = 'f'
            AND    NOT (k.conkey[1] = a.attnum
                        AND (target.attname = 'tenant_id' OR k.confrelid = to_regclass('gatehouse.tenants')))
            """)
}
