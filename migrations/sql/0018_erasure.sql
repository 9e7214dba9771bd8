-- Deleted people are erased: what only serves signing in goes with the deletion, everything else of them after 30 days.
-- And invitations die with the API key that they were made with, as they do with the person.

-- A key whose owner is gone is dead, and must not keep him. It goes with him.
ALTER TABLE gatehouse.users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE gatehouse.api_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE gatehouse.api_keys
    DROP CONSTRAINT api_keys_tenant_id_owner_id_fkey,
    ADD FOREIGN KEY (tenant_id, owner_id) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE;
ALTER TABLE gatehouse.api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE gatehouse.users FORCE ROW LEVEL SECURITY;

CALL gatehouse.expire('gatehouse.users', $$deleted_at < now() - interval '30 days'$$);
CREATE INDEX users_deleted ON gatehouse.users (deleted_at) WHERE deleted_at IS NOT NULL;

-- Removes what only serves a deleted person's signing in, and the invitations that were made for him. The seeds and codes
-- of his factors go by a cascade. Raises 42501 for whoever is not deleted. A migration that adds a table of such things
-- restates this.
CREATE FUNCTION gatehouse.erase_sign_in(person uuid) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    tenant uuid := gatehouse.tenant();
BEGIN
    PERFORM 1
    FROM    gatehouse.users u
    WHERE   u.tenant_id = tenant
    AND     u.id = person
    AND     u.state = 'deleted';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the person is not deleted' USING ERRCODE = '42501';
    END IF;

    DELETE FROM gatehouse.password_credentials WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.password_history WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.factors WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.devices WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.enrollment_tickets WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.sign_in_transactions WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.failures
    WHERE  tenant_id = tenant
    AND    proof IN ('password', 'code')
    AND    subject = uuid_send(person);
    DELETE FROM gatehouse.invitations WHERE tenant_id = tenant AND user_id = person;
    DELETE FROM gatehouse.invitations
    WHERE  tenant_id = tenant
    AND    login_entry IN (
               SELECT e.entry FROM gatehouse.login_entries e WHERE e.tenant_id = tenant AND e.user_id = person);
    DELETE FROM gatehouse.login_entries WHERE tenant_id = tenant AND user_id = person;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.erase_sign_in(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.erase_sign_in(uuid) TO gatehouse_app;

-- The same for people who were deleted before. This reaches all tenants, so the tables are open to their owner meanwhile.
DO $$
DECLARE
    emptied text;
    tables  text[] := ARRAY[
        'password_credentials', 'password_history', 'factors', 'devices', 'enrollment_tickets', 'sign_in_transactions',
        'invitations'
    ];
BEGIN
    ALTER TABLE gatehouse.users NO FORCE ROW LEVEL SECURITY;
    FOREACH emptied IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE gatehouse.%I NO FORCE ROW LEVEL SECURITY', emptied);
        EXECUTE format(
            'DELETE FROM gatehouse.%I AS t USING gatehouse.users u '
            'WHERE u.tenant_id = t.tenant_id AND u.id = t.user_id AND u.deleted_at IS NOT NULL', emptied);
        EXECUTE format('ALTER TABLE gatehouse.%I FORCE ROW LEVEL SECURITY', emptied);
    END LOOP;
    ALTER TABLE gatehouse.users FORCE ROW LEVEL SECURITY;
END
$$;

-- The API key that an invitation was made with, whoever's it is: an invitation dies with it. A bare id, which need not be
-- that of a key any more; then the invitation is worth nothing.
ALTER TABLE gatehouse.invitations ADD COLUMN invited_by_key uuid;
