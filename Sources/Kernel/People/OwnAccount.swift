package import Foundation
package import PluginKit

/// What a signed-in person may do with his own account.
package struct OwnAccount: Sendable {
    private let tenant: Tenant
    private let sessions: Sessions
    private let attempts: Attempts
    private let change: Change
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: sessions.cells, now: now))
    }

    package func profile(of session: LiveSession) async throws -> User? {
        guard let stored = try await tenant.database.first(FindUser(id: session.person.user)) else { return nil }
        return try await sessions.cells.user(stored)
    }

    /// Changes the person's own name.
    package func rename(
        to name: DisplayName, _ session: LiveSession, by caller: Caller
    ) async throws -> Outcome<User> {
        let id = session.person.user
        return try await change.run(.profileChanged, of: id.description, by: caller) { transaction in
            let changes = UserChanges(displayName: name)
            let results = try await transaction.run([
                try sessions.cells.updateUser(id, to: changes, at: now()),
                try change.event(.profileChanged, of: id.description, by: caller, details: ["fields": changes.names]),
                BoundStatement(FindUser(id: id)),
            ])
            guard let user = try FindUser.rows(of: results[2]).first else { throw Refusal.notFound }
            return try await sessions.cells.inside(transaction).user(user)
        }
    }

    /// Changes the password of somebody who knows the present one; all his other sessions end.
    package func changePassword(
        from current: SecretText, to new: SecretText, _ session: LiveSession, by caller: Caller
    ) async throws -> Outcome<Void> {
        let id = session.person.user
        guard let sealed = try await tenant.database.first(FindSealedLogin(id: id)) else { return .refused(.notFound) }
        let login = try await sessions.cells.login(sealed, of: id).canonical
        let guess = Guess(proof: .password, subject: .person(id), origin: caller.origin)
        if case .limited(let seconds) = try await attempts.reserve(guess) {
            return try await refused(.tooManyAttempts(retryAfterSeconds: seconds), id, caller)
        }
        guard case .accepted = try await tenant.passwordAuthenticator.authenticate(user: id, password: current) else {
            return try await refused(.wrongPassword, id, caller)
        }
        let owner = PasswordOwner(user: id, login: login)
        switch try await tenant.passwordKeeper.prepare(new, for: owner, mustChange: false) {
        case .refused(let weaknesses): return try await refused(.weakPassword(weaknesses), id, caller)
        case .ready(let password):
            let isStored = try await store(password + (try attempts.succeeded(guess)), session, by: caller)
            return isStored ? .done(()) : try await refused(.changedMeanwhile, id, caller)
        }
    }

    /// Stores a password and ends all sessions but this one, unless something else ended them since the present password
    /// was checked, another change of it for example.
    private func store(
        _ password: [BoundStatement], _ session: LiveSession, by caller: Caller
    ) async throws -> Bool {
        let id = session.person.user
        let statements =
            [session.hold] + password + sessions.endAll(of: id, except: session.id, because: .passwordChanged) + [
                BoundStatement(ForgetDevices(user: id)),
                BoundStatement(SpendSignInTransactions(user: id, at: now())),
                try change.event(.passwordSet, of: id.description, by: caller),
            ]
        return try await SessionEpoch.unlessPassed { try await tenant.database.run(statements) } != nil
    }

    private func refused(_ refusal: Refusal, _ id: UserID, _ caller: Caller) async throws -> Outcome<Void> {
        try await change.refused(refusal, .passwordSet, of: id.description, by: caller)
    }
}
