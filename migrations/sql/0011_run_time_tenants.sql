-- Tenants that are made and changed while the program runs: their documents stand in the database, revision by revision.

ALTER TABLE gatehouse.tenants
    DROP CONSTRAINT tenants_state_check,
    ADD  CONSTRAINT tenants_state_check CHECK (state IN ('active', 'suspended', 'deleting', 'deleted')),
    -- The issuer of the tenant's tokens, which outlasts a change of the server's address. Null follows that address.
    ADD  COLUMN issuer     text,
    -- The revision of its document that is in force; 0 for a tenant that a file describes.
    ADD  COLUMN revision   bigint NOT NULL DEFAULT 0 CHECK (revision >= 0),
    -- What kept the tenant from being opened when it was last tried; null where nothing did.
    ADD  COLUMN trouble    text,
    ADD  COLUMN deleted_at timestamptz,
    -- What is left of a deleted tenant keeps its slug until the quarantine is over.
    ALTER COLUMN slug DROP NOT NULL,
    ADD  CHECK (slug IS NOT NULL OR state = 'deleted'),
    ADD  CHECK ((state = 'deleted') = (deleted_at IS NOT NULL));

CREATE INDEX tenants_in_trouble ON gatehouse.tenants (id) WHERE trouble IS NOT NULL;

-- A tenant's documents. None is ever changed or removed: going back to an old one makes a new one of the same text.
CREATE TABLE gatehouse.tenant_revisions (
    tenant_id       uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id              uuid        NOT NULL,
    number          bigint      NOT NULL CHECK (number > 0),
    -- A document as the folder of tenant files holds them, in YAML.
    sealed_document bytea       NOT NULL,
    author          text        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number)
);

CALL gatehouse.isolate('gatehouse.tenant_revisions');
GRANT SELECT, INSERT ON gatehouse.tenant_revisions TO gatehouse_app;
-- What seals a document may change, not what it says.
GRANT UPDATE (sealed_document) ON gatehouse.tenant_revisions TO gatehouse_app;

-- Enters into the registry the tenant that the transaction has proved, so that the tenant and all that it begins with
-- come to be in one transaction. Raises 23505 where the slug is taken, or kept from an earlier tenant that had it.
CREATE FUNCTION gatehouse.register_tenant(
    new_slug text, new_name text, new_issuer text, actor text, subject text, request_id text, event_id uuid, at timestamptz
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    UPDATE gatehouse.tenants
    SET    slug = NULL
    WHERE  slug = new_slug
    AND    state = 'deleted'
    AND    deleted_at < now() - interval '90 days';

    INSERT INTO gatehouse.tenants (id, slug, name, managed_by, issuer, revision, created_at, updated_at)
    VALUES (gatehouse.tenant(), new_slug, new_name, 'api', new_issuer, 1, at, at);

    INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
    VALUES (event_id, 'tenant.created', 'success', actor, subject, request_id, at);
END
$$;

-- Brings the next revision of a tenant's document into force; false where another one was faster, or where a file
-- describes the tenant.
CREATE FUNCTION gatehouse.enter_revision(next bigint, new_name text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    UPDATE gatehouse.tenants
    SET    revision = next, name = new_name, updated_at = at
    WHERE  id = gatehouse.tenant()
    AND    managed_by = 'api'
    AND    state IN ('active', 'suspended')
    AND    revision = next - 1;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.register_tenant(text, text, text, text, text, text, uuid, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION gatehouse.enter_revision(bigint, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.register_tenant(text, text, text, text, text, text, uuid, timestamptz) TO gatehouse_app;
GRANT EXECUTE ON FUNCTION gatehouse.enter_revision(bigint, text, timestamptz) TO gatehouse_app;

-- Whoever serves a tenant, or remembers that there is none of a name, must look again when that may have changed.
CREATE FUNCTION gatehouse.announce_tenant() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('gatehouse_tenants', NEW.id || ' ' || coalesce(NEW.slug, OLD.slug, ''));
    RETURN NULL;
END
$$;

CREATE TRIGGER announce_new AFTER INSERT ON gatehouse.tenants
    FOR EACH ROW EXECUTE FUNCTION gatehouse.announce_tenant();
CREATE TRIGGER announce AFTER UPDATE OF slug, name, state, issuer, revision ON gatehouse.tenants
    FOR EACH ROW WHEN (
        (OLD.slug, OLD.name, OLD.state, OLD.issuer, OLD.revision)
        IS DISTINCT FROM (NEW.slug, NEW.name, NEW.state, NEW.issuer, NEW.revision))
    EXECUTE FUNCTION gatehouse.announce_tenant();

-- The maintenance role sees which tenants have keys that are overdue, so that nobody has to ask every tenant.
CREATE POLICY maintenance_sees_overdue ON gatehouse.api_key_secrets FOR SELECT TO gatehouse_maintenance
    USING (ended_at IS NULL AND replaced_at IS NULL AND rotate_by <= now());
CREATE INDEX api_key_secrets_overdue_at ON gatehouse.api_key_secrets (rotate_by)
    WHERE ended_at IS NULL AND replaced_at IS NULL;

-- The new column of sealed values: documents.
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
    FROM   gatehouse.tenant_revisions;

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
    END CASE;
    RETURN FOUND;
END
$$;
