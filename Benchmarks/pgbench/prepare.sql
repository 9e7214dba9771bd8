-- Run once as the owner, after the tables have been filled and before anything is measured.

-- What commit.sql writes to.
CREATE TABLE public.commits (at timestamptz NOT NULL);

-- Plans are made anew with what the tables hold now; by itself the server does so within a minute or two.
ANALYZE;

-- One live session, the hash of an API key, and the context that proves its tenant, as the server would sign it.
SELECT s.tenant_id || '.' || encode(
           sha256(k.outer_pad || sha256(
               k.inner_pad || convert_to('gatehouse-tenant-v1:' || s.tenant_id, 'UTF8'))),
           'hex'),
       s.id,
       encode(a.hash, 'hex')
FROM   gatehouse.sessions s
JOIN   gatehouse.api_key_secrets a USING (tenant_id)
CROSS JOIN gatehouse.context_keys k
WHERE  s.ended_at IS NULL
LIMIT  1;
