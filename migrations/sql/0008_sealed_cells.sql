-- Personal data and password hashes are sealed: AES-256-GCM under the tenant's data key, each bound to its place. What
-- people are looked up by becomes a keyed hash.
--
-- A sealed value is `0x01 ‖ key id (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. Values that stood here in the clear become
-- `0x00 ‖ plaintext`, which the program reads nowhere but where it seals them: right after this migration, and before
-- anybody is served. `tenants.sealed_at` tells which tenants still wait for that.

ALTER TABLE gatehouse.tenants ADD COLUMN sealed_at timestamptz;
ALTER TABLE gatehouse.tenants ALTER COLUMN sealed_at SET DEFAULT now();

-- One data key is active: it seals. `next` is being made ready to replace it; `retired` keys only open what they sealed.
ALTER TABLE gatehouse.tenant_keys
    ADD COLUMN state      text NOT NULL DEFAULT 'active' CHECK (state IN ('next', 'active', 'retired')),
    ADD COLUMN retired_at timestamptz,
    ADD CHECK ((state = 'retired') = (retired_at IS NOT NULL));

CREATE UNIQUE INDEX tenant_keys_active ON gatehouse.tenant_keys (tenant_id) WHERE state = 'active';
CREATE UNIQUE INDEX tenant_keys_next ON gatehouse.tenant_keys (tenant_id) WHERE state = 'next';

GRANT UPDATE (kek_id, wrapped, state, retired_at), DELETE ON gatehouse.tenant_keys TO gatehouse_app;

-- What people are looked up by: HMAC-SHA-256 of the canonical login, under a key derived from a data key. While that key
-- is being replaced a person has two entries. Each key's entries are unique by themselves, so no login is taken twice.
CREATE TABLE gatehouse.login_entries (
    tenant_id uuid     NOT NULL DEFAULT gatehouse.tenant(),
    entry     bytea    NOT NULL CHECK (octet_length(entry) = 32),
    key_id    uuid     NOT NULL,
    -- The version of the rules by which the canonical form was made.
    form      smallint NOT NULL,
    user_id   uuid     NOT NULL,
    CONSTRAINT login_entries_login PRIMARY KEY (tenant_id, entry),
    FOREIGN KEY (tenant_id, key_id) REFERENCES gatehouse.tenant_keys (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX login_entries_user ON gatehouse.login_entries (tenant_id, user_id, key_id);
CREATE INDEX login_entries_key ON gatehouse.login_entries (tenant_id, key_id);

CALL gatehouse.isolate('gatehouse.login_entries');
GRANT SELECT, INSERT, DELETE ON gatehouse.login_entries TO gatehouse_app;

-- People.
ALTER TABLE gatehouse.users DROP COLUMN login_key;
ALTER TABLE gatehouse.users ALTER COLUMN login TYPE bytea USING '\x00'::bytea || convert_to(login, 'UTF8');
ALTER TABLE gatehouse.users ALTER COLUMN display_name TYPE bytea USING '\x00'::bytea || convert_to(display_name, 'UTF8');
ALTER TABLE gatehouse.users RENAME COLUMN login TO sealed_login;
ALTER TABLE gatehouse.users RENAME COLUMN display_name TO sealed_display_name;

-- An invitation's offer is a list of the login and, where there is one, the name; each with its length before it.
ALTER TABLE gatehouse.invitations DROP COLUMN login_key;
ALTER TABLE gatehouse.invitations ALTER COLUMN login TYPE bytea USING
    '\x00'::bytea || int4send(octet_length(login)) || convert_to(login, 'UTF8')
    || coalesce(int4send(octet_length(display_name)) || convert_to(display_name, 'UTF8'), ''::bytea);
ALTER TABLE gatehouse.invitations RENAME COLUMN login TO sealed_offer;
ALTER TABLE gatehouse.invitations DROP COLUMN display_name;
ALTER TABLE gatehouse.invitations ADD COLUMN login_entry bytea CHECK (octet_length(login_entry) = 32);

CREATE UNIQUE INDEX invitations_open ON gatehouse.invitations (tenant_id, login_entry)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- Where a request came from: a list of the address and, where there is one, what the client calls itself.
ALTER TABLE gatehouse.sessions ALTER COLUMN network TYPE bytea USING
    '\x00'::bytea || int4send(octet_length(network)) || convert_to(network, 'UTF8')
    || coalesce(int4send(octet_length(user_agent)) || convert_to(user_agent, 'UTF8'), ''::bytea);
ALTER TABLE gatehouse.sessions RENAME COLUMN network TO sealed_origin;
ALTER TABLE gatehouse.sessions DROP COLUMN user_agent;

ALTER TABLE gatehouse.audit_events ALTER COLUMN network TYPE bytea USING
    '\x00'::bytea || int4send(octet_length(network)) || convert_to(network, 'UTF8')
    || coalesce(int4send(octet_length(user_agent)) || convert_to(user_agent, 'UTF8'), ''::bytea);
ALTER TABLE gatehouse.audit_events RENAME COLUMN network TO sealed_origin;
ALTER TABLE gatehouse.audit_events DROP COLUMN user_agent;

-- The trail stays append-only but for this one column, which a change of the data key seals anew.
GRANT UPDATE (sealed_origin) ON gatehouse.audit_events TO gatehouse_app;

-- Password hashes are bound to their person and to the moment at which the password was set.
ALTER TABLE gatehouse.password_credentials ALTER COLUMN hash TYPE bytea USING '\x00'::bytea || convert_to(hash, 'UTF8');
ALTER TABLE gatehouse.password_credentials RENAME COLUMN hash TO sealed_hash;
ALTER TABLE gatehouse.password_history ALTER COLUMN hash TYPE bytea USING '\x00'::bytea || convert_to(hash, 'UTF8');
ALTER TABLE gatehouse.password_history RENAME COLUMN hash TO sealed_hash;
GRANT UPDATE (sealed_hash) ON gatehouse.password_history TO gatehouse_app;

-- The version that a password hash is bound to.
CREATE FUNCTION gatehouse.microseconds(at timestamptz) RETURNS bigint
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM at) * 1000000)::bigint $$;

GRANT EXECUTE ON FUNCTION gatehouse.microseconds(timestamptz) TO gatehouse_app;

-- Every sealed value of the tenant, with what its seal is bound to. Whoever adds a column `sealed_…` adds it here and in
-- replace_cell. `cell_column` is part of every ciphertext; `place` is only a name; `position` orders the rows of a place.
CREATE VIEW gatehouse.sealed_cells WITH (security_invoker = true) AS
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
    WHERE  sealed_body IS NOT NULL;

GRANT SELECT ON gatehouse.sealed_cells TO gatehouse_app;

-- Puts a new ciphertext in the place of an old one, unless somebody else was faster. Runs with its caller's rights.
CREATE FUNCTION gatehouse.replace_cell(place text, at uuid, old bytea, new bytea) RETURNS boolean
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
    END CASE;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.replace_cell(text, uuid, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.replace_cell(text, uuid, bytea, bytea) TO gatehouse_app;
