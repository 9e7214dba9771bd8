-- Why a rotation passed a key over: whoever counts on all keys being new must see which are not, and what to do about it.

ALTER TABLE gatehouse.api_key_rotation_steps
    ADD COLUMN skipped_because text CHECK (skipped_because IN ('not_permitted', 'being_rotated', 'ended'));
