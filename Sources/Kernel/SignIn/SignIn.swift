package import Foundation
package import PluginKit

/// Signs people in to one tenant: limits, proof, decision, session.
package struct SignIn: Sendable {
    private let tenant: Tenant
    private let sessions: Sessions
    private let attempts: Attempts
    private let transactions: SignInTransactions
    private let audit: AuditTrail
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        transactions = SignInTransactions(tenant: tenant, cells: sessions.cells, now: now)
        audit = AuditTrail(database: tenant.database, cells: sessions.cells, now: now)
    }

    /// What a step of the sign-in led to.
    package enum Step: Sendable {
        case complete(IssuedTokens)
        case changePassword(NewTransaction)
        /// Whoever he is, he has not proved it; every cause looks the same to the client.
        case refused
        case limited(retryAfterSeconds: Int)
    }

    /// Signs in with a login and a password.
    ///
    /// An unknown, suspended or password-less person costs the same one hash as anybody else.
    package func withPassword(login text: String, password: SecretText, origin: RequestOrigin) async throws -> Step {
        let login = Login(text)
        let subject = login?.canonical ?? "malformed"
        if case .limited(let seconds) = try await attempts.reserve(subject: subject, origin: origin) {
            try await refuse(.signInLimited, "too_many_attempts", actor: .anonymous, origin: origin)
            return .limited(retryAfterSeconds: seconds)
        }
        let user = try await user(with: login)
        let verdict = try await tenant.passwordAuthenticator.authenticate(user: user, password: password)
        switch verdict {
        case .rejected(let rejection):
            try await refuse(.signIn, rejection.rawValue, subject: user, origin: origin)
            return .refused
        case .accepted(let proof):
            return try await admit(proof, refund: try attempts.refund(subject: subject, origin: origin), origin: origin)
        }
    }

    /// Completes a sign-in that waits for a new password. The transaction is spent only by a password that is taken.
    package func changePassword(
        transaction text: SecretText, newPassword: SecretText, origin: RequestOrigin
    ) async throws -> Outcome<IssuedTokens> {
        guard let pending = try await transactions.find(text, step: .passwordChange) else {
            try await refuse(.passwordSet, Refusal.transactionInvalid.code, actor: .anonymous, origin: origin)
            return .refused(.transactionInvalid)
        }
        // Each new password that is tried costs several hashes.
        if case .limited(let seconds) = try await attempts.reserve(subject: pending.login, origin: origin) {
            try await refuse(.signInLimited, "too_many_attempts", subject: pending.user, origin: origin)
            return .refused(.tooManyAttempts(retryAfterSeconds: seconds))
        }
        let owner = PasswordOwner(user: pending.user, login: pending.login)
        switch try await tenant.passwordKeeper.prepare(newPassword, for: owner, mustChange: false) {
        case .refused(let weaknesses):
            let refusal = Refusal.weakPassword(weaknesses)
            try await refuse(.passwordSet, refusal.code, subject: pending.user, origin: origin)
            return .refused(refusal)
        case .ready(let store): return try await complete(pending, storing: store, origin: origin)
        }
    }

    // MARK: Parts

    private func user(with login: Login?) async throws -> UserID? {
        guard let login else { return nil }
        return try await sessions.cells.find(login, in: tenant.database)
    }

    private func admit(
        _ proof: PasswordProof, refund: [BoundStatement], origin: RequestOrigin
    ) async throws -> Step {
        guard let person = try await tenant.database.first(FindAuthority(id: proof.user)) else {
            try await refuse(.signIn, Rejection.unknownAccount.rawValue, subject: proof.user, origin: origin)
            return .refused
        }
        let evidence = SignInEvidence(
            person: person, methods: [.password], authenticatedAt: now(), mustChangePassword: proof.mustChange)
        switch SignInDecision.decide(evidence) {
        case .admit(let admission):
            let signedIn = AuditEvent(
                .signIn, actor: .person(person.user, session: nil), subject: person.user.description, origin: origin)
            let alongside = refund + [try audit.statement(signedIn)]
            return .complete(try await sessions.start(admission, origin: origin, alongside: alongside))
        case .changePassword:
            return .changePassword(try await transactions.begin(.passwordChange, evidence: evidence, alongside: refund))
        case .refuse(let reason):
            try await refuse(.signIn, reason.rawValue, subject: person.user, origin: origin)
            return .refused
        }
    }

    private func complete(
        _ pending: PendingSignIn, storing store: [BoundStatement], origin: RequestOrigin
    ) async throws -> Outcome<IssuedTokens> {
        let actor = Actor.person(pending.user, session: nil)
        let event = AuditEvent(.passwordSet, actor: actor, subject: pending.user.description, origin: origin)
        let person = try await tenant.database.transaction { transaction -> PersonAuthority? in
            guard try await transaction.execute(SpendSignInTransaction(hash: pending.hash, at: now())) == 1 else {
                return nil
            }
            let ended = sessions.endAll(of: pending.user, because: .passwordChanged)
            let refund = try attempts.refund(subject: pending.login, origin: origin)
            _ = try await transaction.run(store + refund + [ended, try audit.statement(event)])
            return try await transaction.first(FindAuthority(id: pending.user))
        }
        guard let person, case .admit(let admission) = decide(on: person, after: pending) else {
            try await refuse(.passwordSet, Refusal.transactionInvalid.code, subject: pending.user, origin: origin)
            return .refused(.transactionInvalid)
        }
        return .done(try await sessions.start(admission, origin: origin))
    }

    private func decide(on person: PersonAuthority, after pending: PendingSignIn) -> SignInDecision {
        SignInDecision.decide(
            SignInEvidence(person: person, methods: pending.methods, authenticatedAt: pending.createdAt))
    }

    private func refuse(
        _ type: AuditEventType, _ reason: String, actor: Actor = .anonymous, subject: UserID? = nil,
        origin: RequestOrigin
    ) async throws {
        try await audit.record(
            AuditEvent(type, .refused, reason: reason, actor: actor, subject: subject?.description, origin: origin))
    }
}
