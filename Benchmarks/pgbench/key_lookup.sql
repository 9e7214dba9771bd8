-- The look-up behind every API key, as the server sends it: the signed context and the statement in one pipeline.
\startpipeline
SELECT set_config('gatehouse.tenant', :context, true);
SELECT k.id, s.id, k.name, k.scopes, k.allowed_networks, k.rate_limit, k.metadata, s.expires_at, s.retires_at,
       s.ended_because, k.revoked_at IS NOT NULL, k.owner_id, u.state = 'active', held.roles,
       ARRAY(SELECT unnest(r.permissions)
             FROM   gatehouse.roles r
             WHERE  r.name = ANY (held.roles))
FROM   gatehouse.api_key_secrets s
JOIN   gatehouse.api_keys k ON k.id = s.key_id
LEFT JOIN gatehouse.users u ON u.id = k.owner_id
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT a.role
                 FROM   gatehouse.role_assignments a
                 WHERE  a.user_id = k.owner_id) AS roles
    -- Read once, although two columns use it.
    OFFSET 0
) held
WHERE  s.hash = decode(:hash, 'hex');
\endpipeline
