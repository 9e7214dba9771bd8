import DatabaseTesting
import PluginKit
import PluginTesting

/// Every table that belongs to tenants, with a way to put a row into each.
enum TenantTables {
    /// The tables that have a column `tenant_id`, as the database itself knows them.
    static func names() async throws -> Set<String> {
        let list = try await TestDatabase.shared.administrator.value(
            """
            SELECT string_agg(table_name, ' ')
            FROM   information_schema.columns
            WHERE  table_schema = 'gatehouse'
            AND    column_name = 'tenant_id'
            """)
        return Set((list ?? "").split(separator: " ").map(String.init))
    }

    /// An INSERT of one row for each table, in an order in which they can run; the rows belong to the person `user`, and
    /// most have his id for their own. `tenant` is what is put into the column `tenant_id`.
    static func inserts(user: String, tenant: String = "DEFAULT") -> [(table: String, sql: String)] {
        rows.map { table, columns in
            let all = [("tenant_id", tenant)] + columns.map { ($0, $1 == "user" ? user : $1) }
            return (table, insert(into: table, all))
        }
    }

    private static let rows: [(table: String, columns: [(String, String)])] = [
        ("users", [("id", "user"), ("sealed_login", hash), ("state", "'active'"), updated, created]),
        ("roles", [("name", "'r'"), ("permissions", "'{}'"), updated, created]),
        ("role_assignments", [("user_id", "user"), ("role", "'owner'"), ("granted_at", "now()")]),
        (
            "invitations",
            [
                ("id", "user"), ("token_hash", hash), ("sealed_offer", hash), ("login_entry", hash), ("roles", "'{}'"),
                ("user_id", "user"), ("invited_by", "user"), ("expires_at", "now()"), created,
            ]
        ),
        (
            "password_credentials",
            [("user_id", "user"), ("sealed_hash", hash), ("normalization", "1"), ("changed_at", "now()")]
        ),
        (
            "password_history",
            [
                ("id", "user"), ("user_id", "user"), ("sealed_hash", hash), ("normalization", "1"),
                ("changed_at", "now()"),
            ]
        ),
        ("tenant_keys", [("id", "user"), ("kek_id", "'k'"), ("wrapped", hash), created]),
        ("login_entries", [("entry", hash), ("key_id", "user"), ("form", "1"), ("user_id", "user")]),
        (
            "signing_keys",
            [
                ("id", "user"), ("algorithm", "'es256'"), ("state", "'retired'"), ("sealed_private", hash), created,
            ]
        ),
        (
            "sign_in_transactions",
            [
                ("token_hash", hash), ("user_id", "user"), ("step", "'password_change'"), ("methods", "'{}'"),
                ("expires_at", "now()"), created,
            ]
        ),
        (
            "sessions",
            [
                ("id", "user"), ("user_id", "user"), ("methods", "'{}'"), ("authenticated_at", "now()"),
                ("last_used_at", "now()"), ("expires_at", "now()"), ("sealed_origin", hash), created,
            ]
        ),
        ("refresh_tokens", [("token_hash", hash), ("session_id", "user"), ("issued_at", "now()")]),
        ("attempts", [("bucket", hash), ("empty_at", "now()")]),
        ("audit_events", [("id", "user"), ("type", "'t'"), ("outcome", "'success'"), ("actor", "'system'"), created]),
        ("idempotency_keys", [("key_hash", hash), ("request_hash", hash), created]),
        ("factors", [("id", "user"), ("user_id", "user"), ("kind", "'totp'"), created]),
        (
            "totp_secrets",
            [("factor_id", "user"), ("sealed_seed", hash), ("algorithm", "'sha1'"), ("digits", "6")]
        ),
        ("recovery_codes", [("id", "user"), ("factor_id", "user"), ("sealed_hash", hash)]),
        (
            "enrollment_tickets",
            [("token_hash", hash), ("user_id", "user"), ("expires_at", "now()"), created]
        ),
        ("devices", [("token_hash", hash), ("user_id", "user"), ("expires_at", "now()"), created]),
        ("hash_keys", [("id", "user"), ("sealed_key", hash), created]),
        (
            "api_keys",
            [
                ("id", "user"), ("name", "'k'"), ("scopes", "'{users.read}'"), ("owner_id", "user"),
                ("lifetime_seconds", "1"), ("allowed_networks", "'{}'"), ("metadata", "'{}'"), created, updated,
                ("revoked_at", "now()"), ("revoked_because", "'revoked'"),
            ]
        ),
        (
            "api_key_secrets",
            [
                ("id", "user"), ("key_id", "user"), ("hash", hash), ("hash_key_id", "user"), ("expires_at", "now()"),
                ("rotate_by", "now()"), ("ended_at", "now()"), ("ended_because", "'revoked'"), created,
            ]
        ),
        ("api_key_policies", [("max_age_seconds", "1"), ("warn_before_seconds", "1")]),
        (
            "api_key_callers",
            [
                ("id", "user"), ("secret_id", "user"), ("caller", hash), ("sealed_origin", hash),
                ("last_used_at", "now()"),
            ]
        ),
        ("api_key_rotations", [("id", "user"), ("overlap_seconds", "1"), ("started_by", "'system'"), created]),
        ("api_key_rotation_steps", [("rotation_id", "user"), ("key_id", "user"), ("state", "'pending'")]),
        (
            "tenant_revisions",
            [("id", "user"), ("number", "1"), ("sealed_document", hash), ("author", "'host'"), created]
        ),
        (
            "sign_up_requests",
            [
                ("id", "user"), ("sealed_login", hash), ("login_entry", hash),
                ("expires_at", "now() + interval '1 day'"), created,
            ]
        ),
        ("alarms", [("kind", "'api_keys'"), ("at", "now()")]),
        (
            "failures",
            [
                ("proof", "'code'"), ("subject", hash), ("source", hash), ("count", "1"), ("retry_at", "now()"),
                ("failed_at", "now()"),
            ]
        ),
    ]

    private static let hash = "decode(repeat('ab', 32), 'hex')"
    private static let created = ("created_at", "now()")
    private static let updated = ("updated_at", "now()")

    private static func insert(into table: String, _ columns: [(String, String)]) -> String {
        let (names, values) = (columns.map(\.0).joined(separator: ", "), columns.map(\.1).joined(separator: ", "))
        return "INSERT INTO gatehouse.\(table) (\(names)) VALUES (\(values))"
    }
}

/// Two tenants, the first of which has one row in every table.
struct PlantedTenants {
    let owner: TestTenant
    let stranger: TestTenant
    /// The person of ``owner``, in SQL; most rows have his id for their own.
    let person: String

    static func make() async throws -> PlantedTenants {
        let (owner, stranger) = (try await TestTenant.make(), try await TestTenant.make())
        let person = "'\(UserID.make(at: owner.clock.now).rawValue)'"
        for (_, insert) in TenantTables.inserts(user: person) { try await owner.database.affected(insert) }
        return PlantedTenants(owner: owner, stranger: stranger, person: person)
    }
}
