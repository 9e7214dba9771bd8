-- The roles of Gatehouse and its schema. Run once in Gatehouse's own database, by a superuser; running it again changes
-- nothing. It sets no passwords: give the four login roles theirs afterwards, with psql's \password.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT role, attribute
        FROM   (VALUES ('gatehouse_owner', 'NOLOGIN'),
                       ('gatehouse_migrator', 'LOGIN'),
                       ('gatehouse_app', 'LOGIN'),
                       ('gatehouse_platform', 'LOGIN'),
                       ('gatehouse_maintenance', 'LOGIN')) AS roles (role, attribute)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.role) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I', wanted.role);
        END IF;
        EXECUTE pg_catalog.format(
            'ALTER ROLE %I %s NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', wanted.role, wanted.attribute);
    END LOOP;
END
$$;

-- The migrator becomes the owner explicitly, by SET ROLE; without it, it can do nothing.
ALTER ROLE gatehouse_migrator NOINHERIT;
GRANT gatehouse_owner TO gatehouse_migrator;

CREATE SCHEMA IF NOT EXISTS gatehouse AUTHORIZATION gatehouse_owner;
GRANT USAGE ON SCHEMA gatehouse TO gatehouse_app, gatehouse_platform, gatehouse_maintenance;

-- Nobody plants objects where a search path might find them, and no function is everybody's by default.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Only Gatehouse's own roles come in, and none of them makes temporary tables.
DO $$
BEGIN
    EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
    EXECUTE pg_catalog.format(
        'GRANT CONNECT ON DATABASE %I TO gatehouse_migrator, gatehouse_app, gatehouse_platform, gatehouse_maintenance',
        pg_catalog.current_database());
END
$$;
