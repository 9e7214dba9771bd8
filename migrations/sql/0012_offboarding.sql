-- Letting go of tenants: work that takes longer than a request, and the functions that take a tenant's rows away.

-- Work under way and done. A row stays for good: it holds the receipt of what was done.
CREATE TABLE gatehouse.operations (
    id                uuid        NOT NULL,
    kind              text        NOT NULL CHECK (kind IN ('delete_tenant')),
    -- The tenant that it is about, and the slug that it had.
    subject           uuid        NOT NULL,
    slug              text        NOT NULL,
    state             text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'succeeded')),
    -- Rows removed, by table.
    counts            jsonb       NOT NULL DEFAULT '{}',
    -- How many rows there were when that was looked at, or more; null before.
    estimate          bigint,
    -- The last event of the tenant's audit trail that was removed.
    last_event        uuid,
    last_event_at     timestamptz,
    keys_destroyed_at timestamptz,
    -- What went wrong when it was last tried; null where that went well.
    error             text,
    receipt           text,
    -- Whoever works on it holds it until then; by the database's clock, as is the next.
    leased_until      timestamptz NOT NULL DEFAULT now(),
    -- Not before then is anything said about there being nothing left.
    settled_at        timestamptz NOT NULL,
    started_by        text        NOT NULL,
    request_id        text,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    finished_at       timestamptz,
    PRIMARY KEY (id),
    CHECK ((state = 'succeeded') = (finished_at IS NOT NULL)),
    CHECK ((state = 'succeeded') = (receipt IS NOT NULL)),
    CHECK ((last_event IS NULL) = (last_event_at IS NULL))
);

CREATE UNIQUE INDEX operations_running ON gatehouse.operations (subject) WHERE state = 'running';
CREATE INDEX operations_subject ON gatehouse.operations (subject, created_at);
CREATE INDEX operations_due ON gatehouse.operations (leased_until) WHERE state = 'running';

GRANT SELECT, INSERT, UPDATE ON gatehouse.operations TO gatehouse_platform;

-- Whoever removes a person has PostgreSQL look for whatever refers to him. Without these it reads all invitations of the
-- tenant for each.
CREATE INDEX invitations_user ON gatehouse.invitations (tenant_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX invitations_inviter ON gatehouse.invitations (tenant_id, invited_by) WHERE invited_by IS NOT NULL;

-- Every table that holds rows of tenants, in an order in which they can be emptied: whatever refers to a row goes before
-- it, so that no row goes by a cascade and none is left uncounted. A migration that adds a table restates this.
CREATE FUNCTION gatehouse.tenant_tables() RETURNS text[]
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
        'tenant_revisions',
        'signing_keys',
        'audit_events',
        'tenant_keys'
    ]
$$;

-- The operation that lets go of the tenant which the transaction has proved, locked until the transaction ends. Raises
-- 42501 where there is none: nothing of a tenant is removed that nobody lets go of.
CREATE FUNCTION gatehouse.deletion_under_way() RETURNS uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    operation uuid;
BEGIN
    SELECT o.id
    INTO   operation
    FROM   gatehouse.operations o
    JOIN   gatehouse.tenants t ON t.id = o.subject
    WHERE  t.id = gatehouse.tenant()
    AND    t.state = 'deleting'
    AND    o.state = 'running'
    FOR UPDATE OF o;
    IF operation IS NULL THEN
        RAISE EXCEPTION 'the tenant is not being deleted' USING ERRCODE = '42501';
    END IF;
    RETURN operation;
END
$$;

-- Overwrites the tenant's data keys, without which nothing that they sealed opens again. Their rows stay for now, since
-- others refer to them.
CREATE FUNCTION gatehouse.destroy_tenant_keys(at timestamptz) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    operation uuid := gatehouse.deletion_under_way();
BEGIN
    UPDATE gatehouse.tenant_keys
    SET    wrapped = ''::bytea, kek_id = ''
    WHERE  kek_id <> '';

    UPDATE gatehouse.operations
    SET    keys_destroyed_at = at, updated_at = at
    WHERE  id = operation
    AND    keys_destroyed_at IS NULL;
END
$$;

-- Counts the tenant's rows, for whoever wants to know how far it is. Of one table, no more than `most` are counted.
CREATE FUNCTION gatehouse.estimate_tenant(most bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    operation uuid := gatehouse.deletion_under_way();
    name      text;
    found     bigint;
    total     bigint := 0;
BEGIN
    FOREACH name IN ARRAY gatehouse.tenant_tables() LOOP
        EXECUTE format(
            'SELECT count(*) FROM (SELECT FROM gatehouse.%I WHERE tenant_id = gatehouse.tenant() LIMIT $1) AS counted', name)
        INTO found USING most;
        total := total + found;
    END LOOP;
    UPDATE gatehouse.operations SET estimate = total WHERE id = operation;
END
$$;

-- Removes at most `batch` rows from the first table that has any, and notes how many; no row where all are empty. The
-- events of the audit trail are append-only for everybody else; the last of them is noted before it goes.
CREATE FUNCTION gatehouse.purge_tenant(batch bigint) RETURNS TABLE (emptied text, removed bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    operation uuid := gatehouse.deletion_under_way();
BEGIN
    FOREACH emptied IN ARRAY gatehouse.tenant_tables() LOOP
        IF emptied = 'audit_events' THEN
            UPDATE gatehouse.operations AS o
            SET    last_event = e.id, last_event_at = e.created_at
            FROM   (SELECT   id, created_at
                    FROM     gatehouse.audit_events
                    WHERE    tenant_id = gatehouse.tenant()
                    ORDER BY id DESC
                    LIMIT    1) AS e
            WHERE  o.id = operation
            AND    (o.last_event IS NULL OR o.last_event < e.id);
        END IF;

        EXECUTE format(
            'DELETE FROM gatehouse.%1$I WHERE ctid = ANY (ARRAY('
            'SELECT ctid FROM gatehouse.%1$I WHERE tenant_id = gatehouse.tenant() LIMIT $1))', emptied)
        USING batch;
        GET DIAGNOSTICS removed = ROW_COUNT;
        CONTINUE WHEN removed = 0;

        UPDATE gatehouse.operations AS o
        SET    counts = o.counts
                   || jsonb_build_object(emptied, coalesce((o.counts ->> emptied)::bigint, 0) + removed)
        WHERE  o.id = operation;
        RETURN NEXT;
        RETURN;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.tenant_tables() FROM PUBLIC;
REVOKE ALL ON FUNCTION gatehouse.deletion_under_way() FROM PUBLIC;
REVOKE ALL ON FUNCTION gatehouse.destroy_tenant_keys(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION gatehouse.estimate_tenant(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION gatehouse.purge_tenant(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.destroy_tenant_keys(timestamptz) TO gatehouse_app;
GRANT EXECUTE ON FUNCTION gatehouse.estimate_tenant(bigint) TO gatehouse_app;
GRANT EXECUTE ON FUNCTION gatehouse.purge_tenant(bigint) TO gatehouse_app;
