internal import PluginKit

/// One rule of isolation: a query that names every object which breaks it, and what to say of such an object.
struct CatalogueRule: Sendable {
    let lint: String
    let message: String
    let remedy: String
    /// Gives one column of text.
    let sql: SQL
    var parameters: [SQLValue] = []

    /// All rules but ``connection(as:)``.
    static let all = roles + tables + privileges + functions

    /// The connection is logged in as `role` and acts as nobody else.
    static func connection(as role: String) -> CatalogueRule {
        CatalogueRule(
            lint: "role-connected", message: "is the role of this connection, where \(role) is meant",
            remedy: "connect as \(role)",
            sql: "SELECT session_user::text WHERE session_user <> $1 OR current_user <> $1",
            parameters: [.text(role)])
    }

    func finding(on object: String) -> CatalogueFinding {
        CatalogueFinding(lint: lint, object: object, message: message, remedy: remedy)
    }
}

// MARK: - Roles

extension CatalogueRule {
    private static let roles = [missingRoles, strongRoles, memberships, ownerLogin]

    private static let missingRoles = CatalogueRule(
        lint: "role-missing", message: "does not exist",
        remedy: "run migrations/roles.sql as a superuser",
        sql: """
            SELECT name
            FROM   unnest(ARRAY['gatehouse_owner', 'gatehouse_migrator', 'gatehouse_app', 'gatehouse_platform',
                                'gatehouse_maintenance']) AS name
            WHERE  NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
            """)

    private static let strongRoles = CatalogueRule(
        lint: "role-attributes", message: "has attributes that reach round row-level security",
        remedy: "ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION",
        sql: """
            SELECT rolname::text
            FROM   pg_roles
            WHERE  (rolname LIKE 'gatehouse\\_%' OR rolname = session_user)
            AND    (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
            """)

    private static let memberships = CatalogueRule(
        lint: "role-membership", message: "is a membership that gives a role more than its own privileges",
        remedy: "REVOKE it",
        sql: """
            SELECT member.rolname || ' in ' || held.rolname
            FROM   pg_auth_members AS m
            JOIN   pg_roles AS member ON member.oid = m.member
            JOIN   pg_roles AS held ON held.oid = m.roleid
            WHERE  member.rolname IN ('gatehouse_owner', 'gatehouse_app', 'gatehouse_platform', 'gatehouse_maintenance')
            OR     member.rolname = 'gatehouse_migrator' AND held.rolname <> 'gatehouse_owner'
            """)

    private static let ownerLogin = CatalogueRule(
        lint: "role-owner-login", message: "can log in, and the owner can undo every protection",
        remedy: "ALTER ROLE gatehouse_owner NOLOGIN",
        sql: "SELECT rolname::text FROM pg_roles WHERE rolname = 'gatehouse_owner' AND rolcanlogin")
}
