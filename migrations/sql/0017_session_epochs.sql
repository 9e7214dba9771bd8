-- Whatever ends all sessions of a person also ends what was on its way to become one. His epoch counts how often that
-- happened; a sign-in reads it before it looks at any proof, and comes to nothing where it is another at the end.

ALTER TABLE gatehouse.users ADD COLUMN session_epoch bigint NOT NULL DEFAULT 0;

-- The epoch in which the sign-in began.
ALTER TABLE gatehouse.sign_in_transactions ADD COLUMN session_epoch bigint NOT NULL DEFAULT 0;

-- Fails unless the person is active and his epoch is the one that was seen; both stay so until the transaction ends. Runs
-- with its caller's rights. Two that hold the same person come one after the other: sharing him, each would wait for the
-- other as soon as both change him.
CREATE FUNCTION gatehouse.hold_session_epoch(person uuid, seen bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, gatehouse, pg_temp
AS $$
BEGIN
    PERFORM 1
    FROM    gatehouse.users
    WHERE   id = person
    AND     state = 'active'
    AND     session_epoch = seen
    FOR     NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the sessions of the person were ended meanwhile'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_epoch';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.hold_session_epoch(uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse.hold_session_epoch(uuid, bigint) TO gatehouse_app;
