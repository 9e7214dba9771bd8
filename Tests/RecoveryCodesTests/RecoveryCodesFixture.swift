import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import RecoveryCodes

/// A provider over a table in memory, with two people and the codes that they wrote down.
final class RecoveryCodesFixture: Sendable {
    let provider: RecoveryCodesProvider
    let tables = RecoveryCodeTables()
    let clock = FixedClock()
    let user = UserID.make(at: Date(timeIntervalSince1970: 1_750_000_000))
    let otherUser = UserID.make(at: Date(timeIntervalSince1970: 1_750_000_000))
    private let notes = Mutex([FactorID: [String]]())

    init() async throws {
        provider = try await RecoveryCodesProvider(
            settings: SettingsLiteral.section([]).read(as: RecoveryCodesSettings.self).settings,
            context: .testing(database: tables.database, clock: clock))
    }

    /// Gives a person a set, as the kernel does.
    func makeSet(for user: UserID? = nil) async throws -> FactorID {
        let set = FactorID.make(at: clock.now)
        let prepared = try await provider.prepare(set, of: user ?? self.user)
        _ = try await tables.database.run(prepared.store)
        notes.withLock { $0[set] = prepared.codes.map { $0.withExposed { $0 } } }
        return set
    }

    /// The codes of a set in the order in which they were shown.
    func codes(of set: FactorID) -> [String] {
        notes.withLock { $0[set] ?? [] }
    }

    /// A code of the set that this did not give before.
    func nextCode(of set: FactorID) throws -> String {
        try notes.withLock {
            guard let code = $0[set]?.popLast() else { throw NoneLeftInTest() }
            return code
        }
    }

    func verify(_ code: String, among sets: [FactorID]) async throws -> Verdict<FactorID> {
        try await provider.verify(SecretText(code), of: user, among: sets)
    }
}

struct NoneLeftInTest: Error {}
