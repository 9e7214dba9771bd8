-- Strangers who ask to become people of a tenant that is open to that.

CREATE TABLE gatehouse.sign_up_requests (
    tenant_id    uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id           uuid        NOT NULL,
    -- The login and, where one was given, the name.
    sealed_login bytea       NOT NULL,
    -- What the login is looked up by; there is one request for each.
    login_entry  bytea       NOT NULL CHECK (octet_length(login_entry) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, login_entry)
);

CALL gatehouse.isolate('gatehouse.sign_up_requests');
GRANT SELECT, INSERT, DELETE ON gatehouse.sign_up_requests TO gatehouse_app;
-- Keys turn: what seals and what lists a request may change, not what it says.
GRANT UPDATE (sealed_login, login_entry) ON gatehouse.sign_up_requests TO gatehouse_app;

CALL gatehouse.expire('gatehouse.sign_up_requests', $$expires_at < now()$$);
CREATE INDEX sign_up_requests_expires ON gatehouse.sign_up_requests (expires_at);

-- Requests go with their tenant.
CREATE OR REPLACE FUNCTION gatehouse.tenant_tables() RETURNS text[]
LANGUAGE sql
IMMUTABLE
AS $$
    SELECT ARRAY[
        'alarms',
        'api_key_callers',
        'api_key_rotation_steps',
        'api_key_rotations',
        'api_key_secrets',
        'api_keys',
        'api_key_policies',
        'hash_keys',
        'refresh_tokens',
        'sessions',
        'sign_in_transactions',
        'totp_secrets',
        'recovery_codes',
        'factors',
        'enrollment_tickets',
        'devices',
        'password_credentials',
        'password_history',
        'login_entries',
        'invitations',
        'role_assignments',
        'users',
        'roles',
        'failures',
        'attempts',
        'idempotency_keys',
        'sign_up_requests',
        'tenant_revisions',
        'signing_keys',
        'audit_events',
        'tenant_keys'
    ]
$$;

-- The new column of sealed values: requests.
CREATE OR REPLACE VIEW gatehouse.sealed_cells WITH (security_invoker = true) AS
    SELECT 'users.sealed_login' AS place, 3 AS cell_column, id AS position, uuid_send(id) AS row_key,
           NULL::bigint AS version, sealed_login AS cell
    FROM   gatehouse.users
    UNION ALL
    SELECT 'users.sealed_display_name', 4, id, uuid_send(id), NULL, sealed_display_name
    FROM   gatehouse.users
    WHERE  sealed_display_name IS NOT NULL
    UNION ALL
    SELECT 'invitations.sealed_offer', 7, id, uuid_send(id), NULL, sealed_offer
    FROM   gatehouse.invitations
    UNION ALL
    SELECT 'sessions.sealed_origin', 5, id, uuid_send(id), NULL, sealed_origin
    FROM   gatehouse.sessions
    UNION ALL
    SELECT 'audit_events.sealed_origin', 6, id, uuid_send(id), NULL, sealed_origin
    FROM   gatehouse.audit_events
    WHERE  sealed_origin IS NOT NULL
    UNION ALL
    SELECT 'password_credentials.sealed_hash', 8, user_id, uuid_send(user_id), gatehouse.microseconds(changed_at),
           sealed_hash
    FROM   gatehouse.password_credentials
    UNION ALL
    SELECT 'password_history.sealed_hash', 8, id, uuid_send(user_id), gatehouse.microseconds(changed_at), sealed_hash
    FROM   gatehouse.password_history
    UNION ALL
    SELECT 'signing_keys.sealed_private', 1, id, uuid_send(id), NULL, sealed_private
    FROM   gatehouse.signing_keys
    UNION ALL
    SELECT 'idempotency_keys.sealed_body', 2, encode(substring(key_hash FOR 16), 'hex')::uuid, key_hash, NULL, sealed_body
    FROM   gatehouse.idempotency_keys
    WHERE  sealed_body IS NOT NULL
    UNION ALL
    SELECT 'totp_secrets.sealed_seed', 9, factor_id, uuid_send(factor_id), NULL, sealed_seed
    FROM   gatehouse.totp_secrets
    UNION ALL
    SELECT 'recovery_codes.sealed_hash', 10, id, uuid_send(id), NULL, sealed_hash
    FROM   gatehouse.recovery_codes
    UNION ALL
    SELECT 'hash_keys.sealed_key', 11, id, uuid_send(id), NULL, sealed_key
    FROM   gatehouse.hash_keys
    UNION ALL
    SELECT 'api_key_callers.sealed_origin', 12, id, uuid_send(id), NULL, sealed_origin
    FROM   gatehouse.api_key_callers
    UNION ALL
    SELECT 'tenant_revisions.sealed_document', 13, id, uuid_send(id), NULL, sealed_document
    FROM   gatehouse.tenant_revisions
    UNION ALL
    SELECT 'sign_up_requests.sealed_login', 14, id, uuid_send(id), NULL, sealed_login
    FROM   gatehouse.sign_up_requests;

CREATE OR REPLACE FUNCTION gatehouse.replace_cell(place text, at uuid, old bytea, new bytea) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    CASE place
        WHEN 'users.sealed_login' THEN
            UPDATE gatehouse.users SET sealed_login = new WHERE id = at AND sealed_login = old;
        WHEN 'users.sealed_display_name' THEN
            UPDATE gatehouse.users SET sealed_display_name = new WHERE id = at AND sealed_display_name = old;
        WHEN 'invitations.sealed_offer' THEN
            UPDATE gatehouse.invitations SET sealed_offer = new WHERE id = at AND sealed_offer = old;
        WHEN 'sessions.sealed_origin' THEN
            UPDATE gatehouse.sessions SET sealed_origin = new WHERE id = at AND sealed_origin = old;
        WHEN 'audit_events.sealed_origin' THEN
            UPDATE gatehouse.audit_events SET sealed_origin = new WHERE id = at AND sealed_origin = old;
        WHEN 'password_credentials.sealed_hash' THEN
            UPDATE gatehouse.password_credentials SET sealed_hash = new WHERE user_id = at AND sealed_hash = old;
        WHEN 'password_history.sealed_hash' THEN
            UPDATE gatehouse.password_history SET sealed_hash = new WHERE id = at AND sealed_hash = old;
        WHEN 'signing_keys.sealed_private' THEN
            UPDATE gatehouse.signing_keys SET sealed_private = new WHERE id = at AND sealed_private = old;
        WHEN 'idempotency_keys.sealed_body' THEN
            UPDATE gatehouse.idempotency_keys
            SET    sealed_body = new
            WHERE  encode(substring(key_hash FOR 16), 'hex')::uuid = at AND sealed_body = old;
        WHEN 'totp_secrets.sealed_seed' THEN
            UPDATE gatehouse.totp_secrets SET sealed_seed = new WHERE factor_id = at AND sealed_seed = old;
        WHEN 'recovery_codes.sealed_hash' THEN
            UPDATE gatehouse.recovery_codes SET sealed_hash = new WHERE id = at AND sealed_hash = old;
        WHEN 'hash_keys.sealed_key' THEN
            UPDATE gatehouse.hash_keys SET sealed_key = new WHERE id = at AND sealed_key = old;
        WHEN 'api_key_callers.sealed_origin' THEN
            UPDATE gatehouse.api_key_callers SET sealed_origin = new WHERE id = at AND sealed_origin = old;
        WHEN 'tenant_revisions.sealed_document' THEN
            UPDATE gatehouse.tenant_revisions SET sealed_document = new WHERE id = at AND sealed_document = old;
        WHEN 'sign_up_requests.sealed_login' THEN
            UPDATE gatehouse.sign_up_requests SET sealed_login = new WHERE id = at AND sealed_login = old;
    END CASE;
    RETURN FOUND;
END
$$;
