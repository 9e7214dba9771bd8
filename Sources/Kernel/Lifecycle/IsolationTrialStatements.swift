import PluginKit

/// The tables of tenants in which rows of others can be seen; none, as it must be.
struct ListOpenTables: Statement {
    static let sql: SQL = """
        SELECT name
        FROM   (
            SELECT 'alarms' AS name, EXISTS (SELECT FROM gatehouse.alarms WHERE tenant_id <> (SELECT gatehouse.tenant())) AS is_open
            UNION ALL SELECT 'api_key_callers', EXISTS (SELECT FROM gatehouse.api_key_callers WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'api_key_policies', EXISTS (SELECT FROM gatehouse.api_key_policies WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'api_key_rotation_steps', EXISTS (SELECT FROM gatehouse.api_key_rotation_steps WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'api_key_rotations', EXISTS (SELECT FROM gatehouse.api_key_rotations WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'api_key_secrets', EXISTS (SELECT FROM gatehouse.api_key_secrets WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'api_keys', EXISTS (SELECT FROM gatehouse.api_keys WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'attempts', EXISTS (SELECT FROM gatehouse.attempts WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'audit_events', EXISTS (SELECT FROM gatehouse.audit_events WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'devices', EXISTS (SELECT FROM gatehouse.devices WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'enrollment_tickets', EXISTS (SELECT FROM gatehouse.enrollment_tickets WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'factors', EXISTS (SELECT FROM gatehouse.factors WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'failures', EXISTS (SELECT FROM gatehouse.failures WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'hash_keys', EXISTS (SELECT FROM gatehouse.hash_keys WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'idempotency_keys', EXISTS (SELECT FROM gatehouse.idempotency_keys WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'invitations', EXISTS (SELECT FROM gatehouse.invitations WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'login_entries', EXISTS (SELECT FROM gatehouse.login_entries WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'password_credentials', EXISTS (SELECT FROM gatehouse.password_credentials WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'password_history', EXISTS (SELECT FROM gatehouse.password_history WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'recovery_codes', EXISTS (SELECT FROM gatehouse.recovery_codes WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'refresh_tokens', EXISTS (SELECT FROM gatehouse.refresh_tokens WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'role_assignments', EXISTS (SELECT FROM gatehouse.role_assignments WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'roles', EXISTS (SELECT FROM gatehouse.roles WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'sessions', EXISTS (SELECT FROM gatehouse.sessions WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'sign_in_transactions', EXISTS (SELECT FROM gatehouse.sign_in_transactions WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'sign_up_requests', EXISTS (SELECT FROM gatehouse.sign_up_requests WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'signing_keys', EXISTS (SELECT FROM gatehouse.signing_keys WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'tenant_keys', EXISTS (SELECT FROM gatehouse.tenant_keys WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'tenant_revisions', EXISTS (SELECT FROM gatehouse.tenant_revisions WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'totp_secrets', EXISTS (SELECT FROM gatehouse.totp_secrets WHERE tenant_id <> (SELECT gatehouse.tenant()))
            UNION ALL SELECT 'users', EXISTS (SELECT FROM gatehouse.users WHERE tenant_id <> (SELECT gatehouse.tenant()))
        ) AS tables
        WHERE  is_open
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
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
