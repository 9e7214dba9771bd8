-- What happened in a tenant, and which requests were answered already.

-- Append-only: the application may add and read, nobody may change or delete.
CREATE TABLE gatehouse.audit_events (
    tenant_id  uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    id         uuid        NOT NULL,
    type       text        NOT NULL,
    outcome    text        NOT NULL CHECK (outcome IN ('success', 'refused')),
    reason     text,
    -- `user:usr_…`, `operator`, `system` or `anonymous`.
    actor      text        NOT NULL,
    subject    text,
    session_id uuid,
    network    text,
    user_agent text,
    request_id text,
    details    text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX audit_events_type ON gatehouse.audit_events (tenant_id, type, id);
CREATE INDEX audit_events_actor ON gatehouse.audit_events (tenant_id, actor, id);

-- Answers kept for a repeated request. An answer may hold a secret that is shown once, so it is sealed.
CREATE TABLE gatehouse.idempotency_keys (
    tenant_id    uuid        NOT NULL DEFAULT gatehouse.tenant() REFERENCES gatehouse.tenants (id),
    -- A digest of credential, route and key.
    key_hash     bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at   timestamptz NOT NULL,
    status       smallint,
    sealed_body  bytea,
    PRIMARY KEY (tenant_id, key_hash)
);

CALL gatehouse.isolate('gatehouse.audit_events');
CALL gatehouse.isolate('gatehouse.idempotency_keys');

GRANT SELECT, INSERT ON gatehouse.audit_events TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.idempotency_keys TO gatehouse_app;
