-- What the maintenance role may delete: rows past their date, of any tenant, and nothing else. The dates stand in the
-- policies, so that no statement of the program can reach further. Policies compare with the database's own clock.

CREATE PROCEDURE gatehouse.expire(target regclass, condition text)
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE POLICY maintenance_sees ON %s FOR SELECT TO gatehouse_maintenance USING (%s)', target, condition);
    EXECUTE format('CREATE POLICY maintenance_purges ON %s FOR DELETE TO gatehouse_maintenance USING (%s)', target, condition);
    EXECUTE format('GRANT SELECT, DELETE ON %s TO gatehouse_maintenance', target);
END
$$;

REVOKE ALL ON PROCEDURE gatehouse.expire(regclass, text) FROM PUBLIC;

CALL gatehouse.expire('gatehouse.attempts', $$empty_at < now() - interval '1 hour'$$);
CALL gatehouse.expire('gatehouse.idempotency_keys', $$created_at < now() - interval '24 hours'$$);
CALL gatehouse.expire('gatehouse.sign_in_transactions', $$expires_at < now() - interval '1 hour'$$);
CALL gatehouse.expire('gatehouse.sessions', $$coalesce(ended_at, expires_at) < now() - interval '90 days'$$);
CALL gatehouse.expire('gatehouse.invitations', $$expires_at < now() - interval '90 days'$$);

CREATE INDEX attempts_empty ON gatehouse.attempts (empty_at);
CREATE INDEX idempotency_keys_created ON gatehouse.idempotency_keys (created_at);
CREATE INDEX sign_in_transactions_expires ON gatehouse.sign_in_transactions (expires_at);
CREATE INDEX sessions_over ON gatehouse.sessions ((coalesce(ended_at, expires_at)));
CREATE INDEX invitations_expires ON gatehouse.invitations (expires_at);
