internal import PluginKit

/// The rules for functions.
extension CatalogueRule {
    static let functions = [
        unpinnedFunctions, publicFunctions, leakproofFunctions, immutableFunctions, contextFunction,
    ]

    private static let unpinnedFunctions = CatalogueRule(
        lint: "L4", message: "runs with its owner's rights and looks for names wherever its caller says",
        remedy: "ALTER FUNCTION … SET search_path = pg_catalog, gatehouse, pg_temp",
        sql: """
            SELECT p.oid::regprocedure::text
            FROM   pg_proc AS p
            WHERE  p.pronamespace = 'gatehouse'::regnamespace
            AND    p.prosecdef
            AND    NOT EXISTS (
                SELECT FROM unnest(p.proconfig) AS setting WHERE setting ~ '^search_path=pg_catalog(,.*)?, ?"?pg_temp"?$'
            )
            """)

    private static let publicFunctions = CatalogueRule(
        lint: "L5", message: "runs with its owner's rights, and everybody may call it",
        remedy: "REVOKE ALL ON FUNCTION … FROM PUBLIC",
        sql: """
            SELECT p.oid::regprocedure::text
            FROM   pg_proc AS p
            WHERE  p.pronamespace = 'gatehouse'::regnamespace
            AND    p.prosecdef
            AND    has_function_privilege('public', p.oid, 'EXECUTE')
            """)

    private static let leakproofFunctions = CatalogueRule(
        lint: "R11", message: "is called leakproof, so that it sees rows before the policies have hidden them",
        remedy: "ALTER FUNCTION … NOT LEAKPROOF",
        sql: """
            SELECT p.oid::regprocedure::text
            FROM   pg_proc AS p
            JOIN   pg_namespace AS n ON n.oid = p.pronamespace
            WHERE  p.proleakproof
            AND    n.nspname <> 'pg_catalog'
            """)

    private static let immutableFunctions = CatalogueRule(
        lint: "L7", message: "is called immutable and reads settings, so that a kept plan keeps one tenant's answer",
        remedy: "ALTER FUNCTION … STABLE",
        sql: """
            SELECT p.oid::regprocedure::text
            FROM   pg_proc AS p
            JOIN   pg_namespace AS n ON n.oid = p.pronamespace
            WHERE  p.provolatile = 'i'
            AND    n.nspname NOT IN ('pg_catalog', 'information_schema')
            AND    (p.prosrc ~* 'current_setting' OR p.prosrc ~* 'gatehouse\\.tenant')
            """)

    private static let contextFunction = CatalogueRule(
        lint: "context",
        message: "is not the function that proves the tenant: it must be stable and run with its owner's rights",
        remedy: "run the migrations",
        sql: """
            SELECT 'gatehouse.tenant()'
            WHERE  NOT EXISTS (
                SELECT
                FROM   pg_proc AS p
                WHERE  p.oid = to_regprocedure('gatehouse.tenant()')
                AND    p.prosecdef
                AND    p.provolatile = 's'
                AND    p.prorettype = 'uuid'::regtype
            )
            """)
}
