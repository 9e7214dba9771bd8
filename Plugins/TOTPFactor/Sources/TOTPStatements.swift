import PluginKit

/// A secret as the database keeps it: with the seed sealed for its factor.
struct StoredTOTPSecret: Sendable {
    let factor: FactorID
    let sealedSeed: [UInt8]
    let algorithm: TOTPAlgorithm
    let digits: Int
}

extension CellColumn {
    static let totpSeed = CellColumn(number: 9)
}

/// The secrets of some factors. What was accepted before is not looked at here; see ``BurnTOTPStep``.
struct ListTOTPSecrets: Statement {
    static let sql: SQL = """
        SELECT factor_id, sealed_seed, algorithm, digits
        FROM   gatehouse.totp_secrets
        WHERE  factor_id = ANY ($1)
        ORDER BY factor_id
        """

    let factors: [FactorID]

    var parameters: [SQLValue] { [.uuids(factors.map(\.rawValue))] }

    static func decode(_ row: inout RowReader) throws -> StoredTOTPSecret {
        let (factor, seed) = (try row.id(FactorIDKind.self), try row.bytes())
        guard let algorithm = TOTPAlgorithm(rawValue: try row.text()) else {
            throw TOTPError(description: "a stored secret names an algorithm that is not known")
        }
        return StoredTOTPSecret(factor: factor, sealedSeed: seed, algorithm: algorithm, digits: try row.int())
    }
}

/// Uses a time step up, and all before it: the one statement that decides whether a code was used already.
struct BurnTOTPStep: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.totp_secrets
        SET    last_step = $2
        WHERE  factor_id = $1
        AND    last_step < $2
        RETURNING factor_id
        """

    let factor: FactorID
    let step: TimeStep

    var parameters: [SQLValue] { [.id(factor), .int(step.number)] }

    static func decode(_ row: inout RowReader) throws -> FactorID { try row.id() }
}

/// Stores the secret of a factor that is about to be added.
struct StoreTOTPSecret: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.totp_secrets (factor_id, sealed_seed, algorithm, digits)
        VALUES ($1, $2, $3, $4)
        """

    let secret: TOTPSecret
    let sealedSeed: [UInt8]

    var parameters: [SQLValue] {
        [.id(secret.factor), .bytes(sealedSeed), .text(secret.algorithm.rawValue), .int(Int64(secret.digits))]
    }
}
