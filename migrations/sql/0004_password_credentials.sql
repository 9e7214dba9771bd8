-- Passwords: a person's current one, and the earlier ones that may not be chosen again. Owned by the plugin
-- PasswordLogin. A hash names its algorithm and parameters itself (PHC string format or crypt's).

CREATE TABLE gatehouse.password_credentials (
    tenant_id     uuid        NOT NULL DEFAULT gatehouse.tenant(),
    user_id       uuid        NOT NULL,
    hash          text        NOT NULL CHECK (octet_length(hash) <= 512),
    -- The pepper that went into the hash; null for none.
    pepper_id     text,
    -- How the text was normalised before it was hashed: 1 is NFKC.
    normalization smallint    NOT NULL,
    must_change   boolean     NOT NULL DEFAULT false,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE gatehouse.password_history (
    tenant_id     uuid        NOT NULL DEFAULT gatehouse.tenant(),
    id            uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    hash          text        NOT NULL CHECK (octet_length(hash) <= 512),
    pepper_id     text,
    normalization smallint    NOT NULL,
    -- When the password became the current one, not when it ceased to be.
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX password_history_user ON gatehouse.password_history (tenant_id, user_id, changed_at);

CALL gatehouse.isolate('gatehouse.password_credentials');
CALL gatehouse.isolate('gatehouse.password_history');

GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.password_credentials TO gatehouse_app;
GRANT SELECT, INSERT, DELETE ON gatehouse.password_history TO gatehouse_app;
