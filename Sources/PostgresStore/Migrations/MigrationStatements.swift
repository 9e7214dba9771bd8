internal import Foundation
internal import MigrationFiles
internal import PluginKit

/// The statements of the migration runner.
enum MigrationStatements {
    static let all: [any Statement.Type] = [
        LockMigrations.self, BecomeOwner.self, FindMigrationTable.self, CompareMigrations.self, RecordMigration.self,
        DeleteContextKeys.self, InsertContextKey.self,
    ]

    /// Where the runner keeps its books; both stores may read them.
    static let table: SQL = """
        CREATE TABLE IF NOT EXISTS gatehouse.schema_migrations (
            name       text        NOT NULL PRIMARY KEY,
            checksum   bytea       NOT NULL CHECK (octet_length(checksum) = 32),
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        GRANT SELECT ON gatehouse.schema_migrations TO gatehouse_app, gatehouse_platform;
        """

    /// Waiting long for a lock would make everybody behind it wait, too.
    static let begin: SQL = "BEGIN; SET LOCAL lock_timeout = '10s'"
    static let commit: SQL = "COMMIT"
}

/// Waits until no other process migrates, and keeps others from it until the connection ends.
struct LockMigrations: Statement {
    static let sql: SQL = "SELECT pg_advisory_lock(7449363171526439795)"
    var parameters: [SQLValue] { [] }
}

/// Makes the migrator what it may become: the owner of everything.
struct BecomeOwner: Statement {
    static let sql: SQL = "SET ROLE gatehouse_owner"
    var parameters: [SQLValue] { [] }
}

/// Whether any migration was ever run.
struct FindMigrationTable: Statement {
    static let sql: SQL = "SELECT to_regclass('gatehouse.schema_migrations') IS NOT NULL"
    var parameters: [SQLValue] { [] }
    static func decode(_ row: inout RowReader) throws -> Bool { try row.bool() }
}

/// Holds the program's migrations against those that the database remembers. The server computes the checksums.
struct CompareMigrations: Statement {
    static let sql: SQL = """
        SELECT   coalesce(f.name, m.name),
                 f.name IS NOT NULL,
                 m.name IS NOT NULL,
                 coalesce(m.checksum = sha256(convert_to(f.sql, 'UTF8')), false)
        FROM     unnest($1::text[], $2::text[]) AS f (name, sql)
        FULL JOIN gatehouse.schema_migrations AS m ON m.name = f.name
        ORDER BY 1
        """
    let files: [MigrationFile]
    var parameters: [SQLValue] { [.texts(files.map(\.name)), .texts(files.map(\.sql))] }

    /// What is known of one migration.
    struct Row: Sendable {
        let name: String
        let isKnown: Bool
        let isApplied: Bool
        let isUnchanged: Bool
    }

    static func decode(_ row: inout RowReader) throws -> Row {
        Row(name: try row.text(), isKnown: try row.bool(), isApplied: try row.bool(), isUnchanged: try row.bool())
    }
}

/// Remembers that a migration has run, and what it was.
struct RecordMigration: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.schema_migrations (name, checksum)
        VALUES ($1, sha256(convert_to($2, 'UTF8')))
        """
    let file: MigrationFile
    var parameters: [SQLValue] { [.text(file.name), .text(file.sql)] }
}

/// Makes room for other context keys, in the same transaction.
struct DeleteContextKeys: Statement {
    static let sql: SQL = "DELETE FROM gatehouse.context_keys"
    var parameters: [SQLValue] { [] }
}

/// Lets contexts be signed with a key.
struct InsertContextKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.context_keys (place, inner_pad, outer_pad)
        VALUES ($1, $2, $3)
        """
    /// 1 for the current key, 2 for the previous one.
    let place: Int
    /// At most 64 bytes.
    let key: SecretBytes

    var parameters: [SQLValue] { [.int(Int64(place)), .bytes(block(0x36)), .bytes(block(0x5C))] }

    /// The key, filled up with zeros to the hash's block size, each byte changed by `pad` (RFC 2104, section 2).
    private func block(_ pad: UInt8) -> [UInt8] {
        key.withExposedBytes { bytes in
            (0..<64).map { ($0 < bytes.count ? bytes[$0] : 0) ^ pad }
        }
    }
}
