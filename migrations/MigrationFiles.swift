/// The SQL that makes and changes Gatehouse's database, as the program carries it.
///
/// MigrationFiles owns the text and its order; PostgresStore runs it. To add a migration, put its file into `sql` and
/// its line into ``migrations``, last.
package enum MigrationFiles {
    /// The roles and the schema: run once by a superuser, harmless to run again.
    package static var roles: String { String(decoding: PackageResources.roles_sql, as: UTF8.self) }

    /// The migrations in the order in which they run. A file that was once released is never changed.
    package static var migrations: [MigrationFile] {
        [
            MigrationFile("0001_tenant_context", PackageResources._001_tenant_context_sql),
            MigrationFile("0002_platform", PackageResources._002_platform_sql),
            MigrationFile("0003_people", PackageResources._003_people_sql),
            MigrationFile("0004_password_credentials", PackageResources._004_password_credentials_sql),
            MigrationFile("0005_sessions", PackageResources._005_sessions_sql),
            MigrationFile("0006_audit", PackageResources._006_audit_sql),
            MigrationFile("0007_retention", PackageResources._007_retention_sql),
            MigrationFile("0008_sealed_cells", PackageResources._008_sealed_cells_sql),
            MigrationFile("0009_second_factors", PackageResources._009_second_factors_sql),
            MigrationFile("0010_api_keys", PackageResources._010_api_keys_sql),
            MigrationFile("0011_run_time_tenants", PackageResources._011_run_time_tenants_sql),
            MigrationFile("0012_offboarding", PackageResources._012_offboarding_sql),
            MigrationFile("0013_tenant_domains", PackageResources._013_tenant_domains_sql),
            MigrationFile("0014_sign_up", PackageResources._014_sign_up_sql),
            MigrationFile("0015_context_check", PackageResources._015_context_check_sql),
            MigrationFile("0016_rotation_history", PackageResources._016_rotation_history_sql),
            MigrationFile("0017_session_epochs", PackageResources._017_session_epochs_sql),
            MigrationFile("0018_erasure", PackageResources._018_erasure_sql),
            MigrationFile("0019_operator_keys", PackageResources._019_operator_keys_sql),
            MigrationFile("0020_hash_keys", PackageResources._020_hash_keys_sql),
            MigrationFile("0021_skipped_keys", PackageResources._021_skipped_keys_sql),
        ]
    }
}

/// One migration: its name, which is the file's without the ending, and its SQL.
package struct MigrationFile: Sendable, Equatable {
    package let name: String
    package let sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    fileprivate init(_ name: String, _ bytes: [UInt8]) {
        self.init(name: name, sql: String(decoding: bytes, as: UTF8.self))
    }
}
