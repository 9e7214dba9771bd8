import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import PasswordLogin

/// The two tables of the plugin in memory, behind a scripted database. What PostgreSQL makes of the statements is
/// tested elsewhere, on PostgreSQL.
final class PasswordTables: Sendable {
    struct Credential: Equatable {
        var record: PasswordRecord
        var mustChange: Bool
        var changedAt: Date
    }

    fileprivate struct Earlier {
        let user: UUID
        let record: PasswordRecord
        let changedAt: Date
    }

    fileprivate struct State {
        var credentials: [UUID: Credential] = [:]
        var history: [Earlier] = []
    }

    let database = ScriptedDatabase()
    private let state = Mutex(State())

    init() {
        script(FindPasswordCredential.self) { state, row in
            let user = try row.uuid()
            return state.credentials[user].map { [$0.record.columns + [.bool($0.mustChange)]] } ?? []
        }
        script(ListRememberedPasswords.self) { state, row in
            let (user, limit) = (try row.uuid(), try row.int())
            let current = state.credentials[user].map { [$0.record.columns] } ?? []
            return current + state.newest(of: user).prefix(limit).map(\.record.columns)
        }
        script(ReplacePasswordHash.self) { state, row in
            let (user, old, new) = (try row.uuid(), try row.text(), try PasswordRecord(&row))
            if state.credentials[user]?.record.hash == old { state.credentials[user]?.record = new }
            return []
        }
        script(RememberCurrentPassword.self) { state, row in
            let user = try row.uuid()
            guard let current = state.credentials[user] else { return [] }
            state.history.append(Earlier(user: user, record: current.record, changedAt: current.changedAt))
            return []
        }
        script(StorePassword.self) { state, row in
            let (user, record) = (try row.uuid(), try PasswordRecord(&row))
            state.credentials[user] = Credential(record: record, mustChange: try row.bool(), changedAt: try row.time())
            return []
        }
        script(ForgetOldPasswords.self) { state, row in
            let (user, keep) = (try row.uuid(), try row.int())
            let kept = state.newest(of: user).prefix(keep)
            state.history = state.history.filter { $0.user != user } + kept
            return []
        }
    }

    func credential(of user: UserID) -> Credential? {
        state.withLock { $0.credentials[user.rawValue] }
    }

    func set(_ record: PasswordRecord, for user: UserID) {
        state.withLock {
            $0.credentials[user.rawValue] = Credential(record: record, mustChange: false, changedAt: .distantPast)
        }
    }

    func historyCount(of user: UserID) -> Int {
        state.withLock { $0.newest(of: user.rawValue).count }
    }

    private func script<S: Statement>(
        _ statement: S.Type, _ body: @escaping @Sendable (inout State, inout RowReader) throws -> [[SQLValue]]
    ) {
        database.answer(statement) { [unowned self] parameters in
            try state.withLock { state in
                var row = RowReader(columns: parameters)
                let rows = try body(&state, &row)
                return StatementResult(rows: rows, affected: rows.count)
            }
        }
    }
}

extension PasswordTables.State {
    fileprivate func newest(of user: UUID) -> [PasswordTables.Earlier] {
        history.filter { $0.user == user }.sorted { $0.changedAt > $1.changedAt }
    }
}

extension PasswordRecord {
    fileprivate var columns: [SQLValue] { [.text(hash), .text(pepperID), .int(Int64(normalization))] }
}
