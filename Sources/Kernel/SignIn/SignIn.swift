package import Foundation
package import PluginKit

/// Signs people in to one tenant: limits, proof, decision, session.
package struct SignIn: Sendable {
    let tenant: Tenant
    let sessions: Sessions
    let attempts: Attempts
    let admittance: Admittance
    let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        admittance = Admittance(tenant: tenant, sessions: sessions, now: now)
    }

    /// What a step of the sign-in led to.
    package enum Step: Sendable {
        case complete(IssuedTokens)
        case changePassword(NewTransaction)
        /// A code of one of these kinds comes next.
        case proveSecondFactor(NewTransaction, factors: [FactorKind])
        /// A factor of one of these kinds has to be set up next, with a ticket where one is needed.
        case enroll(NewTransaction, factors: [FactorKind], needsTicket: Bool)
        /// Whoever he is, he has not proved it; every cause looks the same to the client.
        case refused
        case limited(retryAfterSeconds: Int)
    }

    /// Signs in with a login and a password.
    ///
    /// An unknown, suspended or password-less person costs the same one hash as anybody else.
    package func withPassword(
        login text: String, password: SecretText, device claim: DeviceClaim = DeviceClaim(), origin: RequestOrigin
    ) async throws -> Step {
        let login = Login(text)
        // Comes before all that is looked at, since it tells the epoch.
        let found = try await found(by: login)
        let user = found?.id
        let device = try await admittance.devices.find(claim.token, of: user)
        let subject = user.map(Guess.Subject.person) ?? .login(login?.canonical ?? "malformed")
        let guess = Guess(proof: .password, subject: subject, origin: origin, device: device)
        if case .limited(let seconds) = try await attempts.reserve(guess) {
            try await admittance.refuse(.signInLimited, "too_many_attempts", subject: user, origin: origin)
            return .limited(retryAfterSeconds: seconds)
        }
        let verdict = try await tenant.passwordAuthenticator.authenticate(user: user, password: password)
        switch verdict {
        case .rejected(let rejection):
            try await admittance.refuse(.signIn, rejection.rawValue, subject: user, origin: origin)
            return .refused
        case .accepted(let proof):
            let arrival = Admittance.Arrival(origin: origin, claim: claim, device: device)
            return try await proceed(proof, of: found, arrival, alongside: try attempts.succeeded(guess))
        }
    }

    /// Goes on with a sign-in that waits for a new password. The transaction is spent only by a password that is taken.
    package func changePassword(
        transaction text: SecretText, newPassword: SecretText, origin: RequestOrigin
    ) async throws -> Outcome<Step> {
        guard let pending = try await admittance.transactions.find(text, step: .passwordChange) else {
            try await admittance.refuse(.passwordSet, Refusal.transactionInvalid.code, origin: origin)
            return .refused(.transactionInvalid)
        }
        // Each new password that is tried costs several hashes.
        let guess = Guess(proof: .password, subject: .person(pending.user), origin: origin)
        if case .limited(let seconds) = try await attempts.reserve(guess) {
            try await admittance.refuse(.signInLimited, "too_many_attempts", subject: pending.user, origin: origin)
            return .refused(.tooManyAttempts(retryAfterSeconds: seconds))
        }
        let owner = PasswordOwner(user: pending.user, login: pending.login.canonical)
        switch try await tenant.passwordKeeper.prepare(newPassword, for: owner, mustChange: false) {
        case .refused(let weaknesses):
            let refusal = Refusal.weakPassword(weaknesses)
            try await admittance.refuse(.passwordSet, refusal.code, subject: pending.user, origin: origin)
            return .refused(refusal)
        case .ready(let store):
            return try await complete(pending, storing: store + (try attempts.succeeded(guess)), origin: origin)
        }
    }

    // MARK: Parts

    private func found(by login: Login?) async throws -> FoundUser? {
        guard let login else { return nil }
        return try await sessions.cells.find(login, in: tenant.database)
    }

    private func proceed(
        _ proof: PasswordProof, of found: FoundUser?, _ arrival: Admittance.Arrival, alongside: [BoundStatement]
    ) async throws -> Step {
        guard let found, found.id == proof.user,
            let person = try await tenant.database.first(FindAuthority(id: proof.user))
        else {
            let reason = Rejection.unknownAccount.rawValue
            try await admittance.refuse(.signIn, reason, subject: proof.user, origin: arrival.origin)
            return .refused
        }
        let isRemembered = admittance.devices.isRemembered(arrival.device)
        let evidence = SignInEvidence(
            person: person, methods: isRemembered ? [.password, .rememberedDevice] : [.password],
            authenticatedAt: now(), epoch: found.epoch, mustChangePassword: proof.mustChange)
        return try await admittance.advance(evidence, arrival, alongside: alongside)
    }

    private func complete(
        _ pending: PendingSignIn, storing store: [BoundStatement], origin: RequestOrigin
    ) async throws -> Outcome<Step> {
        let actor = Actor.person(pending.user, session: nil)
        let event = AuditEvent(.passwordSet, actor: actor, subject: pending.user.description, origin: origin)
        let ended = sessions.endAll(of: pending.user, because: .passwordChanged)
        let statements =
            store + ended + [
                BoundStatement(ForgetDevices(user: pending.user)),
                BoundStatement(SpendSignInTransactions(user: pending.user, at: now())),
                try admittance.audit.statement(event),
            ]
        guard let person = try await admittance.transactions.goOn(with: pending, storing: statements) else {
            let code = Refusal.transactionInvalid.code
            try await admittance.refuse(.passwordSet, code, subject: pending.user, origin: origin)
            return .refused(.transactionInvalid)
        }
        let evidence = pending.evidence(on: person, passwordWasChanged: true)
        return .done(try await admittance.advance(evidence, .init(origin: origin)))
    }
}
