import Foundation
package import PluginKit

/// The `recovery_codes` provider: a set of codes that a person wrote down, each of which opens once.
///
/// The parts: ``RecoveryCode`` is a code and how it is written, ``RecoveryCodesSettings`` are there for the day when
/// something is to be set.
package struct RecoveryCodesProvider: Provider, BackupFactor {
    package static let name: ProviderName = "recovery_codes"
    package static let kind: FactorKind = "recovery_code"
    package static let method = AuthenticationMethod.recoveryCode

    package static var statements: [any Statement.Type] {
        [
            ListUnusedRecoveryCodes.self, UseRecoveryCode.self, StoreRecoveryCode.self,
            CountUnusedRecoveryCodes.self,
        ]
    }

    /// How many codes a set has.
    static let setSize = 10

    private let context: ProviderContext

    package init(settings: RecoveryCodesSettings, context: ProviderContext) async throws {
        self.context = context
    }

    package func verify(
        _ text: SecretText, of user: UserID, among factors: [FactorID]
    ) async throws -> Verdict<FactorID> {
        guard let code = RecoveryCode(typed: text) else { return .rejected(.malformed) }
        guard let id = try await find(code, among: factors) else { return .rejected(.wrongCredential) }
        let use = UseRecoveryCode(id: id, at: context.now())
        // Whether this finds the row, and not the comparison, decides.
        guard let factor = try await context.database.first(use) else { return .rejected(.alreadyUsed) }
        return .accepted(factor)
    }

    package func prepare(_ set: FactorID, of user: UserID) async throws -> PreparedCodes {
        var codes: [SecretText] = []
        var store: [BoundStatement] = []
        for _ in 0..<Self.setSize {
            let (code, id) = (RecoveryCode.make(), RecoveryCodeID.make(at: context.now()))
            let sealed = try await context.keys.seal(code.hash, at: Cell(.recoveryCodeHash, row: id))
            codes.append(code.written)
            store.append(BoundStatement(StoreRecoveryCode(id: id, set: set, sealedHash: sealed)))
        }
        return PreparedCodes(codes: codes, store: store)
    }

    package func remaining(in set: FactorID) async throws -> Int {
        try await context.database.first(CountUnusedRecoveryCodes(set: set)) ?? 0
    }

    /// The unused code that was typed. All of them are compared, whichever it is.
    private func find(_ code: RecoveryCode, among sets: [FactorID]) async throws -> RecoveryCodeID? {
        let typed = code.hash
        var found: RecoveryCodeID?
        for stored in try await context.database.rows(ListUnusedRecoveryCodes(sets: sets)) {
            let hash = try await context.keys.open(stored.sealedHash, at: Cell(.recoveryCodeHash, row: stored.id))
            if hash.matches(typed) { found = stored.id }
        }
        return found
    }
}
