import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import TOTPFactor

/// The table of the plugin in memory, behind a scripted database. What PostgreSQL makes of the statements is tested
/// elsewhere, on PostgreSQL.
final class TOTPTables: Sendable {
    struct Row: Sendable {
        var sealedSeed: [UInt8]
        var algorithm: String
        var digits: Int64
        var lastStep: Int64 = 0
    }

    let database = ScriptedDatabase()
    private let rows = Mutex([UUID: Row]())

    init() {
        script(ListTOTPSecrets.self) { rows, parameters in
            let asked = try parameters.uuids()
            return rows.filter { asked.contains($0.key) }.sorted { $0.key.uuidString < $1.key.uuidString }.map {
                [.uuid($0.key), .bytes($0.value.sealedSeed), .text($0.value.algorithm), .int($0.value.digits)]
            }
        }
        script(BurnTOTPStep.self) { rows, parameters in
            let (factor, step) = (try parameters.uuid(), Int64(try parameters.int()))
            guard let row = rows[factor], row.lastStep < step else { return [] }
            rows[factor]?.lastStep = step
            return [[.uuid(factor)]]
        }
        script(StoreTOTPSecret.self) { rows, parameters in
            let factor = try parameters.uuid()
            rows[factor] = Row(
                sealedSeed: try parameters.bytes(), algorithm: try parameters.text(),
                digits: Int64(try parameters.int()))
            return []
        }
    }

    subscript(factor: FactorID) -> Row? {
        get { rows.withLock { $0[factor.rawValue] } }
        set { rows.withLock { $0[factor.rawValue] = newValue } }
    }

    private func script<S: Statement>(
        _ statement: S.Type, _ body: @escaping @Sendable (inout [UUID: Row], inout RowReader) throws -> [[SQLValue]]
    ) {
        database.answer(statement) { [unowned self] parameters in
            try rows.withLock { rows in
                var reader = RowReader(columns: parameters)
                let result = try body(&rows, &reader)
                return StatementResult(rows: result, affected: result.count)
            }
        }
    }
}
