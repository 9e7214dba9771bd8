-- The check of the tenant context runs several times in almost every statement, so what it costs is felt everywhere. The
-- form needs no look of its own: the code covers the uuid as it is written, and only the program signs.

CREATE OR REPLACE FUNCTION gatehouse.tenant() RETURNS uuid
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
DECLARE
    context text  := current_setting('gatehouse.tenant', true);
    claimed text  := left(context, 36);
    message bytea := convert_to('gatehouse-tenant-v1:' || claimed, 'UTF8');
    -- Hashes of the two codes are compared, so the time taken tells nothing about the right code.
    code    bytea := sha256(convert_to(substr(context, 37), 'UTF8'));
BEGIN
    PERFORM 1
    FROM    gatehouse.context_keys
    WHERE   sha256(convert_to('.' || encode(sha256(outer_pad || sha256(inner_pad || message)), 'hex'), 'UTF8')) = code;
    IF FOUND THEN
        RETURN claimed::uuid;
    END IF;
    RAISE EXCEPTION 'the transaction has not proved its tenant' USING ERRCODE = '28000';
END
$$;
