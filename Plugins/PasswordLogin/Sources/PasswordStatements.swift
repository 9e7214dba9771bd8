import Foundation
package import PluginKit

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
}

/// A hash as the database keeps it: sealed for its person and for the moment at which the password was set.
struct SealedPassword: Sendable {
    let sealedHash: [UInt8]
    let pepperID: String?
    let normalization: Int
    let changedAt: Date

    init(_ record: PasswordRecord, sealedHash: [UInt8], changedAt: Date) {
        self.sealedHash = sealedHash
        pepperID = record.pepperID
        normalization = record.normalization
        self.changedAt = changedAt
    }

    /// Reads the columns `sealed_hash, pepper_id, normalization, changed_at`.
    init(_ row: inout RowReader) throws {
        sealedHash = try row.bytes()
        pepperID = try row.textIfAny()
        normalization = try row.int()
        changedAt = try row.time()
    }
}

extension CellColumn {
    /// The hashes of current and of earlier passwords: one becomes the other without being sealed anew.
    static let passwordHash = CellColumn(number: 8)
}

enum RememberedPasswordKind: IdentifierKind { static let prefix = "pwh" }

/// A person's current password.
struct FindPasswordCredential: Statement {
    static let sql: SQL = """
        SELECT sealed_hash, pepper_id, normalization, changed_at, must_change
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }

    static func decode(_ row: inout RowReader) throws -> (password: SealedPassword, mustChange: Bool) {
        (try SealedPassword(&row), try row.bool())
    }
}

/// A person's current password and the `earlier` newest ones before it.
struct ListRememberedPasswords: Statement {
    static let sql: SQL = """
        SELECT sealed_hash, pepper_id, normalization, changed_at
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        UNION ALL
        (
            SELECT sealed_hash, pepper_id, normalization, changed_at
            FROM   gatehouse.password_history
            WHERE  user_id = $1
            ORDER BY changed_at DESC, id DESC
            LIMIT  $2
        )
        """

    let user: UserID
    let earlier: Int

    var parameters: [SQLValue] { [.id(user), .int(Int64(earlier))] }

    static func decode(_ row: inout RowReader) throws -> SealedPassword { try SealedPassword(&row) }
}

/// Puts a new hash of the same password in the place of the old one; where the password was changed meanwhile, the
/// change wins and nothing happens.
struct ReplacePasswordHash: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.password_credentials
        SET    sealed_hash = $3, pepper_id = $4, normalization = $5
        WHERE  user_id = $1
        AND    sealed_hash = $2
        """

    let user: UserID
    let old: SealedPassword
    let new: SealedPassword

    var parameters: [SQLValue] {
        [
            .id(user), .bytes(old.sealedHash), .bytes(new.sealedHash), .text(new.pepperID),
            .int(Int64(new.normalization)),
        ]
    }
}

/// Copies a person's current password, if any, to the earlier ones, before ``StorePassword`` replaces it.
struct RememberCurrentPassword: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.password_history (id, user_id, sealed_hash, pepper_id, normalization, changed_at)
        SELECT $2, user_id, sealed_hash, pepper_id, normalization, changed_at
        FROM   gatehouse.password_credentials
        WHERE  user_id = $1
        """

    let user: UserID
    let id: Identifier<RememberedPasswordKind>

    var parameters: [SQLValue] { [.id(user), .id(id)] }
}

/// Makes a hash the person's current password, whatever it was: the kernel sees to it that it was not changed since the
/// new one was prepared.
struct StorePassword: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.password_credentials (user_id, sealed_hash, pepper_id, normalization, changed_at, must_change)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, user_id) DO UPDATE
        SET    sealed_hash = excluded.sealed_hash,
               pepper_id = excluded.pepper_id,
               normalization = excluded.normalization,
               must_change = excluded.must_change,
               changed_at = excluded.changed_at
        """

    let user: UserID
    let password: SealedPassword
    let mustChange: Bool

    var parameters: [SQLValue] {
        [
            .id(user), .bytes(password.sealedHash), .text(password.pepperID), .int(Int64(password.normalization)),
            .time(password.changedAt), .bool(mustChange),
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

/// How many current passwords carry which pepper.
package struct CountPasswordsByPepper: Statement {
    package static let sql: SQL = """
        SELECT   pepper_id, count(*)
        FROM     gatehouse.password_credentials
        GROUP BY pepper_id
        ORDER BY pepper_id NULLS FIRST
        """

    package init() {}

    package var parameters: [SQLValue] { [] }

    package static func decode(_ row: inout RowReader) throws -> PepperUse {
        PepperUse(pepper: try row.textIfAny(), passwords: try row.int())
    }
}

/// How many current passwords carry one pepper.
package struct PepperUse: Encodable, Sendable {
    /// The pepper's id; `nil` for passwords that carry none.
    package let pepper: String?
    package let passwords: Int
}
