-- API keys: what each allows, its secrets, who uses them, and how they are rotated.

-- A key names its tenant by the last 48 bits of the tenant's id, all of them random; so no two tenants may share them.
CREATE UNIQUE INDEX tenants_tag ON gatehouse.tenants (substring(uuid_send(id) FROM 11));

-- What keys are hashed with: HMAC keys, sealed under the tenant's data key, so that they outlast its changes.
CREATE TABLE gatehouse.hash_keys (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id         uuid        NOT NULL,
    sealed_key bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- A key is a name for what somebody's machine may do. Its secrets come and go.
CREATE TABLE gatehouse.api_keys (
    tenant_id        uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id               uuid        NOT NULL,
    name             text        NOT NULL,
    scopes           text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    -- Whose key it is: it allows nothing that he may not do, and nothing while he is suspended. Null is the tenant's own.
    owner_id         uuid,
    -- How long each of its secrets is good.
    lifetime_seconds bigint      NOT NULL CHECK (lifetime_seconds > 0),
    -- Where it may be used from; empty is anywhere.
    allowed_networks text[]      NOT NULL,
    -- Uses per minute; null is without a limit.
    rate_limit       integer     CHECK (rate_limit > 0),
    -- A JSON object of texts, for whoever runs the product.
    metadata         text        NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    revoked_at       timestamptz,
    revoked_because  text        CHECK (revoked_because IN ('revoked', 'expired', 'leaked', 'deleted')),
    -- In the words of whoever revoked it.
    revoke_reason    text,
    deleted_at       timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES gatehouse.users (tenant_id, id),
    CHECK ((revoked_at IS NULL) = (revoked_because IS NULL)),
    CHECK (deleted_at IS NULL OR revoked_at IS NOT NULL)
);

CREATE INDEX api_keys_owner ON gatehouse.api_keys (tenant_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX api_keys_over ON gatehouse.api_keys (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE gatehouse.api_key_secrets (
    tenant_id     uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id            uuid        NOT NULL,
    key_id        uuid        NOT NULL,
    hash          bytea       NOT NULL CHECK (octet_length(hash) = 32),
    hash_key_id   uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- From when on it is overdue to be rotated; follows the tenant's policy.
    rotate_by     timestamptz NOT NULL,
    -- When it was replaced, and until when it is good beside its successor.
    replaced_at   timestamptz,
    retires_at    timestamptz,
    ended_at      timestamptz,
    ended_because text,
    last_used_at  timestamptz,
    use_count     bigint      NOT NULL DEFAULT 0,
    -- When there is something to tell about it next, and how much was told.
    due_at        timestamptz,
    notices       smallint    NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash),
    FOREIGN KEY (tenant_id, key_id) REFERENCES gatehouse.api_keys (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, hash_key_id) REFERENCES gatehouse.hash_keys (tenant_id, id),
    CHECK ((replaced_at IS NULL) = (retires_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_because IS NULL)),
    -- There is nothing to tell about what ended; else the tenant's alarm would ring for it for ever.
    CHECK (ended_at IS NULL OR due_at IS NULL)
) WITH (fillfactor = 80);

-- A key has one secret that is its own, and beside it at most one that was replaced and is still good.
CREATE UNIQUE INDEX api_key_secrets_current ON gatehouse.api_key_secrets (tenant_id, key_id)
    WHERE ended_at IS NULL AND replaced_at IS NULL;
CREATE UNIQUE INDEX api_key_secrets_replaced ON gatehouse.api_key_secrets (tenant_id, key_id)
    WHERE ended_at IS NULL AND replaced_at IS NOT NULL;
CREATE INDEX api_key_secrets_key ON gatehouse.api_key_secrets (tenant_id, key_id);
CREATE INDEX api_key_secrets_due ON gatehouse.api_key_secrets (tenant_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX api_key_secrets_overdue ON gatehouse.api_key_secrets (tenant_id, rotate_by)
    WHERE ended_at IS NULL AND replaced_at IS NULL;
CREATE INDEX api_key_secrets_over ON gatehouse.api_key_secrets (ended_at) WHERE ended_at IS NOT NULL;

-- The policy that the dates of a tenant's secrets follow, so that a change of it is noticed.
CREATE TABLE gatehouse.api_key_policies (
    tenant_id           uuid   NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    max_age_seconds     bigint NOT NULL,
    warn_before_seconds bigint NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Who uses a secret. `caller` is a keyed hash of address and program, so that one caller is one row.
CREATE TABLE gatehouse.api_key_callers (
    tenant_id     uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id            uuid        NOT NULL,
    secret_id     uuid        NOT NULL,
    caller        bytea       NOT NULL CHECK (octet_length(caller) = 32),
    sealed_origin bytea       NOT NULL,
    last_used_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_id, caller),
    FOREIGN KEY (tenant_id, secret_id) REFERENCES gatehouse.api_key_secrets (tenant_id, id) ON DELETE CASCADE
);

-- A rotation: of one key, or of all that a filter finds. Its progress is the state of its steps and of their secrets.
CREATE TABLE gatehouse.api_key_rotations (
    tenant_id       uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id              uuid        NOT NULL,
    -- A JSON object; null for a rotation of one key.
    filter          text,
    overlap_seconds bigint      NOT NULL CHECK (overlap_seconds >= 0),
    started_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    cancelled_at    timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE gatehouse.api_key_rotation_steps (
    tenant_id     uuid        NOT NULL DEFAULT gatehouse.tenant(),
    rotation_id   uuid        NOT NULL,
    key_id        uuid        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('pending', 'rotated', 'skipped', 'cancelled')),
    old_secret_id uuid,
    new_secret_id uuid,
    PRIMARY KEY (tenant_id, rotation_id, key_id),
    FOREIGN KEY (tenant_id, rotation_id) REFERENCES gatehouse.api_key_rotations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, key_id) REFERENCES gatehouse.api_keys (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, old_secret_id) REFERENCES gatehouse.api_key_secrets (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, new_secret_id) REFERENCES gatehouse.api_key_secrets (tenant_id, id) ON DELETE CASCADE,
    CHECK ((state = 'rotated') = (new_secret_id IS NOT NULL AND old_secret_id IS NOT NULL) OR state = 'cancelled')
);

CREATE INDEX api_key_rotation_steps_pending ON gatehouse.api_key_rotation_steps (tenant_id, rotation_id, key_id)
    WHERE state = 'pending';
CREATE INDEX api_key_rotation_steps_key ON gatehouse.api_key_rotation_steps (tenant_id, key_id);
CREATE INDEX api_key_rotation_steps_old ON gatehouse.api_key_rotation_steps (tenant_id, old_secret_id);
CREATE INDEX api_key_rotation_steps_new ON gatehouse.api_key_rotation_steps (tenant_id, new_secret_id);

-- When a tenant has something to do next, by kind of work: at most one row each, so that finding the tenants that have
-- work costs no more because there are others.
CREATE TABLE gatehouse.alarms (
    tenant_id uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    kind      text        NOT NULL CHECK (kind IN ('api_keys')),
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);

CREATE INDEX alarms_at ON gatehouse.alarms (kind, at);

CALL gatehouse.isolate('gatehouse.hash_keys');
CALL gatehouse.isolate('gatehouse.api_keys');
CALL gatehouse.isolate('gatehouse.api_key_secrets');
CALL gatehouse.isolate('gatehouse.api_key_callers');
CALL gatehouse.isolate('gatehouse.api_key_rotations');
CALL gatehouse.isolate('gatehouse.api_key_rotation_steps');
CALL gatehouse.isolate('gatehouse.api_key_policies');
CALL gatehouse.isolate('gatehouse.alarms');

GRANT SELECT, INSERT, UPDATE ON gatehouse.hash_keys TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_keys TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_key_secrets TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_key_callers TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_key_rotations TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_key_rotation_steps TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.api_key_policies TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.alarms TO gatehouse_app;

CALL gatehouse.expire('gatehouse.api_keys', $$revoked_at < now() - interval '90 days'$$);
CALL gatehouse.expire('gatehouse.api_key_secrets', $$ended_at < now() - interval '90 days'$$);
CALL gatehouse.expire(
    'gatehouse.api_key_rotations', $$created_at < now() - interval '1 year'$$);
CREATE INDEX api_key_rotations_created ON gatehouse.api_key_rotations (created_at);

-- The maintenance role sees whose alarm has gone off, and nothing of why.
CREATE POLICY maintenance_sees ON gatehouse.alarms FOR SELECT TO gatehouse_maintenance USING (at <= now());
GRANT SELECT ON gatehouse.alarms TO gatehouse_maintenance;

-- Whoever remembers a key as good must forget it at once when that may have changed, whoever changed it and how. The
-- announcement names the tenant and what to forget: one key, all keys of one owner, or all keys of the tenant.
CREATE FUNCTION gatehouse.announce_key() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('gatehouse_keys', NEW.tenant_id || ' key ' || NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.announce_key_of_secret() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('gatehouse_keys', NEW.tenant_id || ' key ' || NEW.key_id);
    RETURN NULL;
END
$$;

-- Nothing is said of people who own no key, which are nearly all.
CREATE FUNCTION gatehouse.announce_owner() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM gatehouse.api_keys WHERE tenant_id = NEW.tenant_id AND owner_id = NEW.id) THEN
        PERFORM pg_notify('gatehouse_keys', NEW.tenant_id || ' owner ' || NEW.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.announce_role_holder() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    holder record;
BEGIN
    FOR holder IN
        SELECT DISTINCT k.tenant_id, k.owner_id
        FROM   gatehouse.api_keys k
        WHERE  (k.tenant_id, k.owner_id) IN ((OLD.tenant_id, OLD.user_id), (NEW.tenant_id, NEW.user_id))
    LOOP
        PERFORM pg_notify('gatehouse_keys', holder.tenant_id || ' owner ' || holder.owner_id);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.announce_role() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('gatehouse_keys', OLD.tenant_id || ' all');
    RETURN NULL;
END
$$;

CREATE TRIGGER announce AFTER UPDATE ON gatehouse.api_keys
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_key();
-- What is only counted or scheduled is not announced.
CREATE TRIGGER announce AFTER UPDATE OF key_id, hash, expires_at, replaced_at, retires_at, ended_at
    ON gatehouse.api_key_secrets
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_key_of_secret();
CREATE TRIGGER announce_owner AFTER UPDATE OF state ON gatehouse.users
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_owner();
CREATE TRIGGER announce_owner AFTER INSERT OR DELETE OR UPDATE ON gatehouse.role_assignments
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_role_holder();
CREATE TRIGGER announce_role AFTER UPDATE OR DELETE ON gatehouse.roles
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_role();

-- The two new columns of sealed values: what keys are hashed with, and who used a key.
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
    FROM   gatehouse.api_key_callers;

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
    END CASE;
    RETURN FOUND;
END
$$;
