-- Hash keys of API keys rotate: an old one is destroyed when no secret was made with it any more.

-- Finds the secrets that were made with a hash key: without it, PostgreSQL reads all of them before one is destroyed.
CREATE INDEX api_key_secrets_hash_key ON gatehouse.api_key_secrets (tenant_id, hash_key_id);

-- Destroys the tenant's hash keys that no secret refers to, be it good or at its end, where one that is newer was made
-- before `newer_before`: until then somebody may not know the newer one, and makes secrets with the old. The newest one
-- stays. A function of the owner's, since nothing of the program may delete hash keys otherwise.
CREATE FUNCTION gatehouse.destroy_hash_keys(newer_before timestamptz) RETURNS SETOF uuid
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
    DELETE FROM gatehouse.hash_keys h
    WHERE  h.tenant_id = gatehouse.tenant()
    AND    EXISTS (
               SELECT FROM gatehouse.hash_keys n
               WHERE  n.tenant_id = h.tenant_id
               AND    n.created_at > h.created_at
               AND    n.created_at < newer_before
           )
    AND    NOT EXISTS (
               SELECT FROM gatehouse.api_key_secrets s
               WHERE  s.tenant_id = h.tenant_id
               AND    s.hash_key_id = h.id
           )
    RETURNING h.id
$$;

REVOKE ALL ON FUNCTION gatehouse.destroy_hash_keys(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.destroy_hash_keys(timestamptz) TO gatehouse_app;
