import Foundation
import PluginKit

/// A hash as it is stored, with what must be known to compare a password with it.
struct PasswordRecord: Sendable, Equatable {
    let hash: String
    /// The pepper that went into it; `nil` for none.
    let pepperID: String?
    /// The version of ``NormalizedPassword`` that went into it.
    let normalization: Int

    init(hash: String, pepperID: String?, normalization: Int) {
        self.hash = hash
        self.pepperID = pepperID
        self.normalization = normalization
    }

    /// Reads the columns `hash, pepper_id, normalization`.
    init(_ row: inout RowReader) throws {
        self.init(hash: try row.text(), pepperID: try row.textIfAny(), normalization: try row.int())
    }
}

enum RememberedPasswordKind: IdentifierKind { static let prefix = "pwh" }

/// A person's current password.
struct FindPasswordCredential: Statement {
    static let sql: SQL = """
        SELECT hash, pepper_id, normalization, must_change
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }

    static func decode(_ row: inout RowReader) throws -> (record: PasswordRecord, mustChange: Bool) {
        (try PasswordRecord(&row), try row.bool())
    }
}

/// A person's current password and the `earlier` newest ones before it.
struct ListRememberedPasswords: Statement {
    static let sql: SQL = """
        SELECT hash, pepper_id, normalization
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        UNION ALL
        (
            SELECT hash, pepper_id, normalization
            FROM   gatehouse.password_history
            WHERE  user_id = $1
            ORDER BY changed_at DESC, id DESC
            LIMIT  $2
        )
        """

    let user: UserID
    let earlier: Int

    var parameters: [SQLValue] { [.id(user), .int(Int64(earlier))] }

    static func decode(_ row: inout RowReader) throws -> PasswordRecord { try PasswordRecord(&row) }
}

/// Puts a new hash of the same password in the place of the old one; where the password was changed meanwhile, the
/// change wins and nothing happens.
struct ReplacePasswordHash: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.password_credentials
        SET    hash = $3, pepper_id = $4, normalization = $5
        WHERE  user_id = $1
        AND    hash = $2
        """

    let user: UserID
    let old: PasswordRecord
    let new: PasswordRecord

    var parameters: [SQLValue] {
        [.id(user), .text(old.hash), .text(new.hash), .text(new.pepperID), .int(Int64(new.normalization))]
    }
}

/// Copies a person's current password, if any, to the earlier ones, before ``StorePassword`` replaces it.
struct RememberCurrentPassword: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.password_history (id, user_id, hash, pepper_id, normalization, changed_at)
        SELECT $2, user_id, hash, pepper_id, normalization, changed_at
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        """

    let user: UserID
    let id: Identifier<RememberedPasswordKind>

    var parameters: [SQLValue] { [.id(user), .id(id)] }
}

/// Makes a hash the person's current password.
struct StorePassword: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.password_credentials (user_id, hash, pepper_id, normalization, must_change, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, user_id) DO UPDATE
        SET    hash = excluded.hash,
               pepper_id = excluded.pepper_id,
               normalization = excluded.normalization,
               must_change = excluded.must_change,
               changed_at = excluded.changed_at
        """

    let user: UserID
    let record: PasswordRecord
    let mustChange: Bool
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(user), .text(record.hash), .text(record.pepperID), .int(Int64(record.normalization)),
            .bool(mustChange), .time(at),
        ]
    }
}

/// Deletes a person's earlier passwords except the `keep` newest.
struct ForgetOldPasswords: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.password_history
        WHERE  user_id = $1
        AND    id NOT IN (
                   SELECT id
                   FROM   gatehouse.password_history
                   WHERE  user_id = $1
                   ORDER BY changed_at DESC, id DESC
                   LIMIT  $2
               )
        """

    let user: UserID
    let keep: Int

    var parameters: [SQLValue] { [.id(user), .int(Int64(keep))] }
}
