-- Run once as the owner: many keys that nobody presents, spread over all tenants. Their hashes are those of nothing.

-- Keys refer to what they were hashed with; tenants that have nothing get what nobody opens.
INSERT INTO gatehouse.hash_keys (tenant_id, id, sealed_key, created_at)
SELECT t.id, gen_random_uuid(), '\x00', now()
FROM   gatehouse.tenants t
WHERE  NOT EXISTS (SELECT FROM gatehouse.hash_keys h WHERE h.tenant_id = t.id);

CREATE TEMPORARY TABLE filling AS
WITH hash_keys AS (
    SELECT DISTINCT ON (tenant_id) tenant_id, id
    FROM   gatehouse.hash_keys
),
numbered AS (
    SELECT tenant_id, id, row_number() OVER () AS number, count(*) OVER () AS tenants
    FROM   hash_keys
)
SELECT n.tenant_id, n.id AS hash_key_id, gen_random_uuid() AS key_id, gen_random_uuid() AS secret_id, k.number
FROM   numbered n
CROSS JOIN LATERAL generate_series(n.number, :keys, n.tenants) AS k (number);

INSERT INTO gatehouse.api_keys
       (tenant_id, id, name, scopes, lifetime_seconds, allowed_networks, metadata, created_at, updated_at)
SELECT tenant_id, key_id, 'key ' || number, '{users.read}', 7776000, '{}', '{}', now(), now()
FROM   filling;

INSERT INTO gatehouse.api_key_secrets
       (tenant_id, id, key_id, hash, hash_key_id, created_at, expires_at, rotate_by)
SELECT tenant_id, secret_id, key_id, sha256(convert_to(secret_id::text, 'UTF8')), hash_key_id, now(),
       now() + interval '90 days', now() + interval '90 days'
FROM   filling;

VACUUM ANALYZE;
