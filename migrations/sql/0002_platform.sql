-- The platform's own registry: tenants and operators. Nothing here lies inside a tenant, so nothing here is isolated
-- by tenant; the application role has no privilege on any of it.

CREATE TABLE gatehouse.tenants (
    id         uuid        NOT NULL,
    slug       text        NOT NULL CHECK (slug ~ '^[a-z][a-z0-9-]{1,39}$'),
    name       text        NOT NULL,
    state      text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
    managed_by text        NOT NULL CHECK (managed_by IN ('file', 'api')),
    -- When the tenant's first owner took up his invitation; until then every start offers one.
    owned_at   timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (slug)
);

CREATE TABLE gatehouse.operators (
    id         uuid        NOT NULL,
    name       text        NOT NULL,
    key_hash   bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (id),
    UNIQUE (name),
    UNIQUE (key_hash)
);

-- What was done to the platform itself. Append-only: nobody may change or delete a row.
CREATE TABLE gatehouse.platform_events (
    id         uuid        NOT NULL,
    type       text        NOT NULL,
    outcome    text        NOT NULL CHECK (outcome IN ('success', 'refused')),
    actor      text        NOT NULL,
    subject    text,
    request_id text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

GRANT SELECT, INSERT, UPDATE ON gatehouse.tenants, gatehouse.operators TO gatehouse_platform;
GRANT SELECT, INSERT ON gatehouse.platform_events TO gatehouse_platform;

-- A tenant may say of itself, and of nobody else, that it has an owner now.
CREATE FUNCTION gatehouse.mark_tenant_owned(at timestamptz) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
    UPDATE gatehouse.tenants
    SET    owned_at = at
    WHERE  id = gatehouse.tenant()
    AND    owned_at IS NULL
$$;

REVOKE ALL ON FUNCTION gatehouse.mark_tenant_owned(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.mark_tenant_owned(timestamptz) TO gatehouse_app;
