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
            return state.credentials[user].map { [$0.columns(of: user) + [.bool($0.mustChange)]] } ?? []
        }
        script(ListRememberedPasswords.self) { state, row in
            let (user, limit) = (try row.uuid(), try row.int())
            let current = state.credentials[user].map { [$0.columns(of: user)] } ?? []
            let earlier = state.newest(of: user).prefix(limit).map {
                Credential(record: $0.record, mustChange: false, changedAt: $0.changedAt).columns(of: user)
            }
            return current + earlier
        }
        script(ReplacePasswordHash.self) { state, row in
            let (user, old, new) = (try row.uuid(), try row.bytes(), try row.bytes())
            let (pepperID, normalization) = (try row.textIfAny(), try row.int())
            guard let present = state.credentials[user], present.sealedHash(of: user) == old else { return [] }
            let hash = try present.opened(new, of: user)
            state.credentials[user]?.record = PasswordRecord(
                hash: hash, pepperID: pepperID, normalization: normalization)
            return []
        }
        script(RememberCurrentPassword.self) { state, row in
            let user = try row.uuid()
            guard let current = state.credentials[user] else { return [] }
            state.history.append(Earlier(user: user, record: current.record, changedAt: current.changedAt))
            return []
        }
        script(StorePassword.self) { state, row in
            let (user, sealed) = (try row.uuid(), try SealedPassword(&row))
            let cell = Cell(.passwordHash, row: UserID(rawValue: user), changedAt: sealed.changedAt)
            let hash = String(decoding: try UnlockedKeys.opened(sealed.sealedHash, at: cell), as: UTF8.self)
            let record = PasswordRecord(
                hash: hash, pepperID: sealed.pepperID, normalization: sealed.normalization)
            state.credentials[user] = Credential(
                record: record, mustChange: try row.bool(), changedAt: sealed.changedAt)
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
            $0.credentials[user.rawValue] = Credential(
                record: record, mustChange: false, changedAt: Date(timeIntervalSince1970: 0))
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

extension PasswordTables.Credential {
    fileprivate func columns(of user: UUID) -> [SQLValue] {
        [
            .bytes(sealedHash(of: user)), .text(record.pepperID), .int(Int64(record.normalization)), .time(changedAt),
        ]
    }

    fileprivate func sealedHash(of user: UUID) -> [UInt8] {
        UnlockedKeys.sealed(Array(record.hash.utf8), at: cell(of: user))
    }

    fileprivate func opened(_ sealed: [UInt8], of user: UUID) throws -> String {
        String(decoding: try UnlockedKeys.opened(sealed, at: cell(of: user)), as: UTF8.self)
    }

    private func cell(of user: UUID) -> Cell {
        Cell(.passwordHash, row: UserID(rawValue: user), changedAt: changedAt)
    }
}
