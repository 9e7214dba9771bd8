-- Keys that sign and seal for a tenant, and the sessions and tokens they serve.

-- The tenant's data keys, each wrapped by the process's key-encryption key.
CREATE TABLE gatehouse.tenant_keys (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id         uuid        NOT NULL,
    kek_id     text        NOT NULL,
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE gatehouse.signing_keys (
    tenant_id      uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id             uuid        NOT NULL,
    algorithm      text        NOT NULL CHECK (algorithm IN ('es256', 'eddsa', 'rs256')),
    state          text        NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    sealed_private bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    activated_at   timestamptz,
    retired_at     timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- Two live keys: the one that signs and the one that will, published before it is used.
CREATE UNIQUE INDEX signing_keys_active ON gatehouse.signing_keys (tenant_id) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_next ON gatehouse.signing_keys (tenant_id) WHERE state = 'next';

-- A sign-in that has proved something but is not complete.
CREATE TABLE gatehouse.sign_in_transactions (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant(),
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id    uuid        NOT NULL,
    step       text        NOT NULL CHECK (step IN ('password_change')),
    methods    text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX sign_in_transactions_user ON gatehouse.sign_in_transactions (tenant_id, user_id);

CREATE TABLE gatehouse.sessions (
    tenant_id        uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id               uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    methods          text[]      NOT NULL,
    authenticated_at timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    last_used_at     timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    end_reason       text,
    network          text        NOT NULL,
    user_agent       text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX sessions_user ON gatehouse.sessions (tenant_id, user_id, id);
CREATE INDEX sessions_ended ON gatehouse.sessions (tenant_id, ended_at) WHERE ended_at IS NOT NULL;

-- A session's refresh tokens form one family; each is used once and names nothing but its hash.
CREATE TABLE gatehouse.refresh_tokens (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant(),
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    session_id uuid        NOT NULL,
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz,
    -- A digest of the client that used it, to tell a repeated request from a theft.
    used_by    bytea,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, session_id) REFERENCES gatehouse.sessions (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX refresh_tokens_session ON gatehouse.refresh_tokens (tenant_id, session_id);

-- How full each bucket of attempts is: the time at which it will be empty again (generic cell rate algorithm).
CREATE TABLE gatehouse.attempts (
    tenant_id uuid        NOT NULL DEFAULT gatehouse.tenant(),
    bucket    bytea       NOT NULL CHECK (octet_length(bucket) = 32),
    empty_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, bucket)
);

CALL gatehouse.isolate('gatehouse.tenant_keys');
CALL gatehouse.isolate('gatehouse.signing_keys');
CALL gatehouse.isolate('gatehouse.sign_in_transactions');
CALL gatehouse.isolate('gatehouse.sessions');
CALL gatehouse.isolate('gatehouse.refresh_tokens');
CALL gatehouse.isolate('gatehouse.attempts');

GRANT SELECT, INSERT ON gatehouse.tenant_keys TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.signing_keys TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.sign_in_transactions TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.sessions TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.refresh_tokens TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON gatehouse.attempts TO gatehouse_app;
