-- The signed tenant context: how a transaction proves for which tenant it speaks, and how a table is closed to all others.
--
-- A transaction sets `gatehouse.tenant` to `<uuid>.<mac>`: the tenant's uuid in lower case, a dot, and 64 lower-case hex
-- digits of HMAC-SHA-256 over the bytes of `gatehouse-tenant-v1:<uuid>`. Whoever can run SQL as the application, but does
-- not hold the key, can therefore not change the tenant.

-- The keys, as the two padded blocks of HMAC (RFC 2104), so that the built-in sha256() is enough to check one.
-- The key in place 1 signs; the one in place 2 is the previous key, still good while the program changes over.
CREATE TABLE gatehouse.context_keys (
    place     smallint NOT NULL CHECK (place IN (1, 2)),
    inner_pad bytea    NOT NULL CHECK (octet_length(inner_pad) = 64),
    outer_pad bytea    NOT NULL CHECK (octet_length(outer_pad) = 64),
    PRIMARY KEY (place)
);

-- The tenant that the transaction has proved. Raises 28000 where it has proved none.
-- STABLE, never IMMUTABLE: a plan kept from one transaction must not keep its tenant.
CREATE FUNCTION gatehouse.tenant() RETURNS uuid
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    context text := current_setting('gatehouse.tenant', true);
    claimed text := left(context, 36);
    message bytea;
    mac     bytea;
BEGIN
    IF context ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[.][0-9a-f]{64}$' THEN
        message := convert_to('gatehouse-tenant-v1:' || claimed, 'UTF8');
        mac := decode(right(context, 64), 'hex');
        -- Hashes of the two codes are compared, so the time taken tells nothing about the right code.
        PERFORM 1
        FROM    gatehouse.context_keys
        WHERE   sha256(sha256(outer_pad || sha256(inner_pad || message))) = sha256(mac);
        IF FOUND THEN
            RETURN claimed::uuid;
        END IF;
    END IF;
    RAISE EXCEPTION 'the transaction has not proved its tenant' USING ERRCODE = '28000';
END
$$;

REVOKE ALL ON FUNCTION gatehouse.tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.tenant() TO gatehouse_app, gatehouse_maintenance;

-- Closes a table to every tenant but the one that the transaction has proved, its owner included. The table has a column
-- `tenant_id uuid NOT NULL DEFAULT gatehouse.tenant()`. A policy that someone adds later can open nothing: the
-- restrictive one applies on top. The maintenance role speaks for no tenant; it sees only what policies of its own show.
CREATE PROCEDURE gatehouse.isolate(table_name regclass)
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE TO gatehouse_app, gatehouse_owner '
        'USING (tenant_id = (SELECT gatehouse.tenant())) WITH CHECK (tenant_id = (SELECT gatehouse.tenant()))',
        table_name);
    EXECUTE format(
        'CREATE POLICY tenant_rows ON %s TO gatehouse_app, gatehouse_owner USING (true) WITH CHECK (true)',
        table_name);
END
$$;

REVOKE ALL ON PROCEDURE gatehouse.isolate(regclass) FROM PUBLIC;
