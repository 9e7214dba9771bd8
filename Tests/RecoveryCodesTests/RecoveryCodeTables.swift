import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import RecoveryCodes

/// The table of the plugin in memory, behind a scripted database. What PostgreSQL makes of the statements is tested
/// elsewhere, on PostgreSQL.
final class RecoveryCodeTables: Sendable {
    struct Row: Sendable {
        let id: UUID
        let set: UUID
        var sealedHash: [UInt8]
        var usedAt: Date?
    }

    let database = ScriptedDatabase()
    private let rows = Mutex([Row]())

    init() {
        script(ListUnusedRecoveryCodes.self) { rows, parameters in
            let sets = try parameters.uuids()
            return rows.filter { sets.contains($0.set) && $0.usedAt == nil }.map {
                [.uuid($0.id), .bytes($0.sealedHash)]
            }
        }
        script(UseRecoveryCode.self) { rows, parameters in
            let (id, time) = (try parameters.uuid(), try parameters.time())
            guard let index = rows.firstIndex(where: { $0.id == id && $0.usedAt == nil }) else { return [] }
            rows[index].usedAt = time
            return [[.uuid(rows[index].set)]]
        }
        script(StoreRecoveryCode.self) { rows, parameters in
            rows.append(
                Row(id: try parameters.uuid(), set: try parameters.uuid(), sealedHash: try parameters.bytes()))
            return []
        }
        script(CountUnusedRecoveryCodes.self) { rows, parameters in
            let set = try parameters.uuid()
            return [[.int(Int64(rows.count { $0.set == set && $0.usedAt == nil }))]]
        }
    }

    func rows(of set: FactorID) -> [Row] {
        rows.withLock { $0.filter { $0.set == set.rawValue } }
    }

    /// Exchanges the hashes of two rows, as somebody could who writes to the database.
    func swapHashes(_ first: Int, _ second: Int) {
        rows.withLock { rows in
            (rows[first].sealedHash, rows[second].sealedHash) = (rows[second].sealedHash, rows[first].sealedHash)
        }
    }

    private func script<S: Statement>(
        _ statement: S.Type, _ body: @escaping @Sendable (inout [Row], inout RowReader) throws -> [[SQLValue]]
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
