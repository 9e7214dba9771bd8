import Foundation
import PluginKit

/// A signing key as it is stored.
struct StoredSigningKey: Sendable {
    let id: SigningKeyID
    let algorithm: SigningAlgorithm
    let state: SigningKey.State
    let sealedPrivate: [UInt8]
    let activatedAt: Date?
}

/// Makes everybody else who would turn this tenant's keys wait until the transaction ends.
struct LockSigningKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   pg_advisory_xact_lock(hashtextextended('signing-keys:' || gatehouse.tenant()::text, 0))
        """

    var parameters: [SQLValue] { [] }
}

/// The keys that are published: live ones, and those retired since a moment.
struct ListSigningKeys: Statement {
    static let sql: SQL = """
        SELECT   id, algorithm, state, sealed_private, activated_at
        FROM     gatehouse.signing_keys
        WHERE    state <> 'retired'
        OR       retired_at > $1
        ORDER BY id
        """

    let retiredSince: Date

    var parameters: [SQLValue] { [.time(retiredSince)] }

    static func decode(_ row: inout RowReader) throws -> StoredSigningKey {
        let id: SigningKeyID = try row.id()
        guard let algorithm = SigningAlgorithm(rawValue: try row.text()),
            let state = SigningKey.State(rawValue: try row.text())
        else { throw RowShapeError(column: 1) }
        return StoredSigningKey(
            id: id, algorithm: algorithm, state: state, sealedPrivate: try row.bytes(), activatedAt: try row.timeIfAny()
        )
    }
}

/// Ends the signing of an active key that began before a moment.
struct RetireSigningKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.signing_keys
        SET    state = 'retired', retired_at = $2
        WHERE  state = 'active'
        AND    activated_at <= $1
        """

    let activeBefore: Date
    let at: Date

    var parameters: [SQLValue] { [.time(activeBefore), .time(at)] }
}

/// Lets the next key sign, where none does.
struct PromoteSigningKey: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.signing_keys
        SET    state = 'active', activated_at = $1
        WHERE  state = 'next'
        AND    NOT EXISTS (SELECT FROM gatehouse.signing_keys WHERE state = 'active')
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }
}

/// Adds a key in a state, where none has that state.
struct AddSigningKey: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.signing_keys (id, algorithm, state, sealed_private, created_at, activated_at)
        SELECT $1, $2, $3, $4, $5, CASE WHEN $3 = 'active' THEN $5::timestamptz END
        WHERE  NOT EXISTS (SELECT FROM gatehouse.signing_keys WHERE state = $3)
        """

    let key: StoredSigningKey
    let state: SigningKey.State
    let at: Date

    var parameters: [SQLValue] {
        [.id(key.id), .text(key.algorithm.rawValue), .text(state.rawValue), .bytes(key.sealedPrivate), .time(at)]
    }
}
