-- The steps of a rotation are its history: they stay as long as it does, also when keys and secrets that they tell of have
-- been purged.

-- A new reference is checked against the rows that are there, which belong to all tenants.
ALTER TABLE gatehouse.api_key_rotation_steps NO FORCE ROW LEVEL SECURITY;
ALTER TABLE gatehouse.api_key_secrets NO FORCE ROW LEVEL SECURITY;

ALTER TABLE gatehouse.api_key_rotation_steps
    DROP CONSTRAINT api_key_rotation_steps_tenant_id_key_id_fkey,
    DROP CONSTRAINT api_key_rotation_steps_tenant_id_old_secret_id_fkey,
    DROP CONSTRAINT api_key_rotation_steps_tenant_id_new_secret_id_fkey,
    DROP CONSTRAINT api_key_rotation_steps_check,
    ADD FOREIGN KEY (tenant_id, old_secret_id)
        REFERENCES gatehouse.api_key_secrets (tenant_id, id) ON DELETE SET NULL (old_secret_id),
    ADD FOREIGN KEY (tenant_id, new_secret_id)
        REFERENCES gatehouse.api_key_secrets (tenant_id, id) ON DELETE SET NULL (new_secret_id);

ALTER TABLE gatehouse.api_key_rotation_steps FORCE ROW LEVEL SECURITY;
ALTER TABLE gatehouse.api_key_secrets FORCE ROW LEVEL SECURITY;
