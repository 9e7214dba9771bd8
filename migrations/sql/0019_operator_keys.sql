-- Operators' keys end, by themselves or by the operator's hand, and are exchanged: for a while the key before is good as well.

ALTER TABLE gatehouse.operators
    ADD COLUMN expires_at         timestamptz,
    ADD COLUMN previous_key_hash  bytea CHECK (octet_length(previous_key_hash) = 32),
    -- Until when the previous key is good, if it still is.
    ADD COLUMN previous_key_until timestamptz,
    -- When the record last told that a key of this operator was refused, so that nobody fills it by asking.
    ADD COLUMN refusal_noted_at   timestamptz,
    ADD CONSTRAINT operators_previous_key_hash_key UNIQUE (previous_key_hash),
    ADD CONSTRAINT operators_previous_key CHECK ((previous_key_hash IS NULL) = (previous_key_until IS NULL));
