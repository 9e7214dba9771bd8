-- Second factors: which ones people have, what their codes are checked against, the tickets that let a first one be set
-- up, the devices that people came from, and how often somebody failed.

-- A person's factors, of whatever kind. A pending one counts for nothing until its first code was right. A set of
-- recovery codes stands here as well; it is no factor to begin with.
CREATE TABLE gatehouse.factors (
    tenant_id    uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id           uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind ~ '^[a-z_]{1,32}$'),
    -- Whether it only stands in for another factor.
    is_backup    boolean     NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    -- When its first code was right; null while it is pending.
    confirmed_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX factors_user ON gatehouse.factors (tenant_id, user_id);
CREATE INDEX factors_pending ON gatehouse.factors (created_at) WHERE confirmed_at IS NULL;
-- One set of backup codes a person: a new one takes the place of the old.
CREATE UNIQUE INDEX factors_backup ON gatehouse.factors (tenant_id, user_id, kind) WHERE is_backup;

-- Since when a person has been under the tenant's rule without a factor: his grace begins here. Null for everybody else.
ALTER TABLE gatehouse.users ADD COLUMN second_factor_since timestamptz;

-- Owned by the plugin TOTPFactor. `last_step` is the newest time step whose code was accepted; it only grows.
CREATE TABLE gatehouse.totp_secrets (
    tenant_id   uuid     NOT NULL DEFAULT gatehouse.tenant(),
    factor_id   uuid     NOT NULL,
    sealed_seed bytea    NOT NULL,
    algorithm   text     NOT NULL CHECK (algorithm IN ('sha1', 'sha256', 'sha512')),
    digits      smallint NOT NULL CHECK (digits IN (6, 8)),
    last_step   bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, factor_id),
    FOREIGN KEY (tenant_id, factor_id) REFERENCES gatehouse.factors (tenant_id, id) ON DELETE CASCADE
);

-- Owned by the plugin RecoveryCodes. A hash is sealed, and so bound to its row.
CREATE TABLE gatehouse.recovery_codes (
    tenant_id   uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id          uuid        NOT NULL,
    factor_id   uuid        NOT NULL,
    sealed_hash bytea       NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, factor_id) REFERENCES gatehouse.factors (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX recovery_codes_factor ON gatehouse.recovery_codes (tenant_id, factor_id);

-- A ticket lets somebody whose role asks for a factor, and who has none, set up his first. It is used once.
CREATE TABLE gatehouse.enrollment_tickets (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant(),
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX enrollment_tickets_user ON gatehouse.enrollment_tickets (tenant_id, user_id);
CREATE INDEX enrollment_tickets_expires ON gatehouse.enrollment_tickets (expires_at);

-- Devices that somebody signed in from completely, and asked to be known again by.
CREATE TABLE gatehouse.devices (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant(),
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- When a second factor was proved from it; null for never.
    proved_at  timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX devices_user ON gatehouse.devices (tenant_id, user_id);
CREATE INDEX devices_expires ON gatehouse.devices (expires_at);

-- Failures in a row. `subject` is the person, or a keyed hash of a login that nobody has; `source` a keyed hash of the
-- network or device, and empty where all sources are counted together. An attempt counts as failed until it succeeds.
CREATE TABLE gatehouse.failures (
    tenant_id uuid        NOT NULL DEFAULT gatehouse.tenant(),
    proof     text        NOT NULL CHECK (proof IN ('password', 'code')),
    subject   bytea       NOT NULL CHECK (octet_length(subject) IN (16, 32)),
    source    bytea       NOT NULL CHECK (octet_length(source) IN (0, 32)),
    count     integer     NOT NULL,
    -- No attempt counts, and none is made, before this time.
    retry_at  timestamptz NOT NULL,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, proof, subject, source)
);

CREATE INDEX failures_failed ON gatehouse.failures (failed_at);

-- A sign-in may wait for a code or for a first factor, and carries along what its end has to know.
ALTER TABLE gatehouse.sign_in_transactions
    DROP CONSTRAINT sign_in_transactions_step_check,
    ADD CHECK (step IN ('password_change', 'second_factor', 'enrollment')),
    ADD COLUMN must_change boolean NOT NULL DEFAULT false,
    -- Whether more than a password was proved, so that a first factor may be set up.
    ADD COLUMN is_trusted  boolean NOT NULL DEFAULT false,
    -- The ticket that made it so, which the new factor uses up.
    ADD COLUMN ticket_hash bytea CHECK (octet_length(ticket_hash) = 32);

-- Whether the session began with more than a password: an invitation, a ticket, a second factor.
ALTER TABLE gatehouse.sessions ADD COLUMN is_trusted boolean NOT NULL DEFAULT false;

CALL gatehouse.isolate('gatehouse.factors');
CALL gatehouse.isolate('gatehouse.totp_secrets');
CALL gatehouse.isolate('gatehouse.recovery_codes');
CALL gatehouse.isolate('gatehouse.enrollment_tickets');
CALL gatehouse.isolate('gatehouse.devices');
CALL gatehouse.isolate('gatehouse.failures');

GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.factors TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.totp_secrets TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.recovery_codes TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.enrollment_tickets TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.devices TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.failures TO gatehouse_app;

CALL gatehouse.expire('gatehouse.factors', $$confirmed_at IS NULL AND created_at < now() - interval '1 hour'$$);
CALL gatehouse.expire('gatehouse.enrollment_tickets', $$expires_at < now() - interval '90 days'$$);
CALL gatehouse.expire('gatehouse.devices', $$expires_at < now() - interval '1 day'$$);
CALL gatehouse.expire('gatehouse.failures', $$failed_at < now() - interval '90 days'$$);

-- The two new columns of sealed values.
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
    FROM   gatehouse.recovery_codes;

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
    END CASE;
    RETURN FOUND;
END
$$;
