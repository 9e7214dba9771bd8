-- The people of a tenant, their roles, and the invitations that bring them in.

CREATE TABLE gatehouse.users (
    tenant_id    uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id           uuid        NOT NULL,
    -- The login as the person wrote it, for display only.
    login        text        NOT NULL,
    -- The login's canonical form, the one way to look a person up. A later key hierarchy replaces it by a blind index.
    login_key    text        NOT NULL,
    display_name text,
    state        text        NOT NULL CHECK (state IN ('active', 'suspended', 'deleted')),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
);

-- A deleted person's login may be taken again, by somebody with a new id.
CREATE UNIQUE INDEX users_login ON gatehouse.users (tenant_id, login_key) WHERE deleted_at IS NULL;

-- A tenant's own roles; the five built-in ones are part of the program.
CREATE TABLE gatehouse.roles (
    tenant_id   uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    name        text        NOT NULL,
    permissions text[]      NOT NULL,
    version     bigint      NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE gatehouse.role_assignments (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant(),
    user_id    uuid        NOT NULL,
    role       text        NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX role_assignments_role ON gatehouse.role_assignments (tenant_id, role);

CREATE TABLE gatehouse.invitations (
    tenant_id    uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id           uuid        NOT NULL,
    token_hash   bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    login        text        NOT NULL,
    login_key    text        NOT NULL,
    display_name text,
    roles        text[]      NOT NULL,
    -- The person it was made for, where he exists already and only lacks a password; null where taking it up makes him.
    user_id      uuid,
    -- The person who invited; null where the host's operator did. An invitation dies with its inviter.
    invited_by   uuid,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    accepted_at  timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, invited_by) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

-- One open invitation per login: a new one replaces the old.
CREATE UNIQUE INDEX invitations_open ON gatehouse.invitations (tenant_id, login_key)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

CALL gatehouse.isolate('gatehouse.users');
CALL gatehouse.isolate('gatehouse.roles');
CALL gatehouse.isolate('gatehouse.role_assignments');
CALL gatehouse.isolate('gatehouse.invitations');

GRANT SELECT, INSERT, UPDATE ON gatehouse.users TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.roles TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.role_assignments TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.invitations TO gatehouse_app;
