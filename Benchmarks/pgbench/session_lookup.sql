-- The look-up behind every access token, as the server sends it: the signed context and the statement in one pipeline.
\startpipeline
SELECT set_config('gatehouse.tenant', :context, true);
SELECT s.id, s.methods, s.authenticated_at, s.expires_at, u.id, u.state, held.roles,
       ARRAY(SELECT unnest(r.permissions)
             FROM   gatehouse.roles r
             WHERE  r.name = ANY (held.roles))
FROM   gatehouse.sessions s
JOIN   gatehouse.users u ON u.id = s.user_id
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT a.role
                 FROM   gatehouse.role_assignments a
                 WHERE  a.user_id = u.id
                 ORDER BY a.role) AS roles
    -- Read once, although two columns use it.
    OFFSET 0
) held
WHERE  s.id = :session
AND    s.ended_at IS NULL
AND    s.expires_at > now()
AND    u.state = 'active';
\endpipeline
