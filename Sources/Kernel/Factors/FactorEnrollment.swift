import Foundation
import PluginKit

/// Sets factors up: begins one, takes its first code, and hands out recovery codes with the first of them.
struct FactorEnrollment: Sendable {
    /// How long a factor that was begun waits for its first code.
    static let lifetime: TimeInterval = 600
    /// Factors of one person, sets of codes aside.
    static let mostFactors = 5

    let tenant: Tenant
    let codes: FactorCodes
    let now: @Sendable () -> Date

    /// A new factor of `user`, and the statements that add it in the place of any that he did not finish.
    func begin(
        _ kind: FactorKind, for user: UserID, login: Login
    ) async throws -> (factor: NewFactor, statements: [BoundStatement]) {
        guard let provider = tenant.factors.enrollable(kind) else { throw Refusal.notFound }
        let present = try await tenant.database.rows(ListFactors(user: user))
        guard present.count(where: { $0.isConfirmed && !$0.isBackup }) < Self.mostFactors else {
            throw Refusal.tooManyFactors
        }
        let id = FactorID.make(at: now())
        let account = FactorAccount(user: user, login: login.written, tenantName: tenant.name)
        let prepared = try await provider.prepare(id, of: account)
        let add = AddFactor(id: id, user: user, kind: kind, isBackup: false, at: now())
        let statements = [BoundStatement(RemovePendingFactors(user: user)), BoundStatement(add)] + prepared.store
        return (NewFactor(id: id, kind: kind, offer: prepared.offer), statements)
    }

    /// Uses up the first code of a factor that waits for it.
    func firstProof(of id: FactorID, code: SecretText, _ guess: Guess, user: UserID) async throws -> FactorCodes.Check {
        let earliest = now().addingTimeInterval(-Self.lifetime)
        let pending = try await tenant.database.rows(ListFactors(user: user)).first {
            $0.id == id && !$0.isConfirmed && $0.createdAt > earliest
        }
        guard let pending else { return .refused(.notFound, reason: Refusal.notFound.code) }
        return try await codes.verifyFirst(code, of: pending, guess, user: user)
    }

    /// Recovery codes for somebody who has none yet; none where the tenant offers no such thing.
    func firstRecoveryCodes(of user: UserID) async throws -> NewRecoveryCodes? {
        guard let backup = tenant.factors.backups.first else { return nil }
        let present = try await tenant.database.rows(ListFactors(user: user))
        guard !present.contains(where: \.isBackup) else { return nil }
        return try await recoveryCodes(of: user, from: backup)
    }

    /// A new set of codes, and the statements that put it in the place of the old one.
    func recoveryCodes(of user: UserID, from backup: any BackupFactor) async throws -> NewRecoveryCodes {
        let id = FactorID.make(at: now())
        let prepared = try await backup.prepare(id, of: user)
        let add = AddFactor(id: id, user: user, kind: backup.kind, isBackup: true, at: now())
        return NewRecoveryCodes(
            id: id, codes: prepared.codes,
            statements: [BoundStatement(RemoveBackup(user: user, kind: backup.kind)), BoundStatement(add)]
                + prepared.store)
    }
}

/// Recovery codes that are about to be stored; they exist only here.
struct NewRecoveryCodes: Sendable {
    let id: FactorID
    let codes: [SecretText]
    let statements: [BoundStatement]
}
