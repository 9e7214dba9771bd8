-- The domains under which tenants answer, beside the path that every tenant has. They are looked up before a tenant is
-- known, so the table belongs to the platform.

CREATE TABLE gatehouse.tenant_domains (
    domain      text        NOT NULL CHECK (octet_length(domain) <= 253 AND domain ~ '^[a-z0-9.-]+$'),
    owner       uuid        NOT NULL REFERENCES gatehouse.tenants (id),
    -- What the domain's own name servers have to say before it is served; null where a file declares the domain.
    token       text,
    -- Since when it is served; null while nobody has seen the proof.
    verified_at timestamptz,
    created_at  timestamptz NOT NULL,
    -- Several tenants may claim a domain: a claim alone keeps nobody from proving that it is his.
    PRIMARY KEY (domain, owner),
    CHECK (token IS NOT NULL OR verified_at IS NOT NULL)
);

-- Whoever proves it first has it.
CREATE UNIQUE INDEX tenant_domains_verified ON gatehouse.tenant_domains (domain) WHERE verified_at IS NOT NULL;
CREATE INDEX tenant_domains_owner ON gatehouse.tenant_domains (owner, domain);

GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.tenant_domains TO gatehouse_platform;

-- Whoever serves a domain, or remembers that it is nobody's, must look again when that has changed.
CREATE FUNCTION gatehouse.announce_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    changed gatehouse.tenant_domains;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    PERFORM pg_notify('gatehouse_tenants', t.id || ' ' || coalesce(t.slug, '') || ' ' || changed.domain)
    FROM    gatehouse.tenants AS t
    WHERE   t.id = changed.owner;
    RETURN NULL;
END
$$;

CREATE TRIGGER announce_new AFTER INSERT ON gatehouse.tenant_domains
    FOR EACH ROW WHEN (NEW.verified_at IS NOT NULL) EXECUTE FUNCTION gatehouse.announce_domain();
CREATE TRIGGER announce AFTER UPDATE OF verified_at ON gatehouse.tenant_domains
    FOR EACH ROW WHEN ((OLD.verified_at IS NULL) <> (NEW.verified_at IS NULL)) EXECUTE FUNCTION gatehouse.announce_domain();
CREATE TRIGGER announce_gone AFTER DELETE ON gatehouse.tenant_domains
    FOR EACH ROW WHEN (OLD.verified_at IS NOT NULL) EXECUTE FUNCTION gatehouse.announce_domain();

-- A tenant on its way out leaves its domains to others, whoever sends it away.
CREATE FUNCTION gatehouse.release_domains() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    DELETE FROM gatehouse.tenant_domains WHERE owner = NEW.id;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.release_domains() FROM PUBLIC;

CREATE TRIGGER release_domains AFTER UPDATE OF state ON gatehouse.tenants
    FOR EACH ROW WHEN (NEW.state IN ('deleting', 'deleted')) EXECUTE FUNCTION gatehouse.release_domains();
