package import PluginKit

extension SignIn {
    /// Begins the factor that a sign-in waits for. A password alone does not do: it takes an invitation just taken up, or
    /// a ticket, so that a stolen password lets nobody set up a factor of his own.
    package func beginEnrollment(
        transaction text: SecretText, kind: FactorKind, ticket: SecretText?, origin: RequestOrigin
    ) async throws -> Outcome<NewFactor> {
        guard let pending = try await admittance.transactions.find(text, step: .enrollment) else {
            return try await refused(.transactionInvalid, nil, origin)
        }
        // Whoever sets a factor up for this person at the same time holds him first, too.
        var trust = [pending.hold]
        if !pending.isTrusted {
            let tickets = EnrollmentTickets(tenant: tenant, now: now)
            guard let hash = try await tickets.find(ticket, for: pending.user) else {
                return try await refused(.ticketRequired, pending.user, origin)
            }
            trust.append(BoundStatement(TrustSignInTransaction(hash: pending.hash, ticketHash: hash)))
        }
        do {
            let begun = try await enrollment.begin(kind, for: pending.user, login: pending.login)
            let event = AuditEvent(
                .factorBegun, actor: .person(pending.user, session: nil), subject: begun.factor.id.description,
                origin: origin, details: ["factor": kind.rawValue])
            let statements = trust + begun.statements + [try admittance.audit.statement(event)]
            let stored = try await SessionEpoch.unlessPassed { try await tenant.database.run(statements) }
            guard stored != nil else { throw Refusal.transactionInvalid }
            return .done(begun.factor)
        } catch let refusal as Refusal {
            return try await refused(refusal, pending.user, origin)
        }
    }

    /// Takes the first code of that factor, and goes on with the sign-in.
    package func confirmEnrollment(
        transaction text: SecretText, factor: FactorID, code: SecretText, device claim: DeviceClaim = DeviceClaim(),
        origin: RequestOrigin
    ) async throws -> Outcome<Enrolled> {
        guard let pending = try await admittance.transactions.find(text, step: .enrollment) else {
            return try await refused(.transactionInvalid, nil, origin)
        }
        guard pending.isTrusted else { return try await refused(.ticketRequired, pending.user, origin) }
        let guess = Guess(proof: .code, subject: .person(pending.user), origin: origin)
        switch try await enrollment.firstProof(of: factor, code: code, guess, user: pending.user) {
        case .refused(let refusal, _): return try await refused(refusal, pending.user, origin)
        case .accepted(let proof): return try await enroll(pending, proof, .init(origin: origin, claim: claim))
        }
    }

    /// What a sign-in led to in which a factor was set up.
    package struct Enrolled: Sendable {
        package let step: Step
        /// Shown once; empty where the tenant has none.
        package let recoveryCodes: [SecretText]
    }

    // MARK: Parts

    private var enrollment: FactorEnrollment {
        FactorEnrollment(
            tenant: tenant, codes: FactorCodes(tenant: tenant, attempts: attempts, now: now), now: now)
    }

    private func enroll(
        _ pending: PendingSignIn, _ proof: FactorCodes.Proof, _ arrival: Admittance.Arrival
    ) async throws -> Outcome<Enrolled> {
        let codes = try await enrollment.firstRecoveryCodes(of: pending.user)
        let event = AuditEvent(
            .factorAdded, actor: .person(pending.user, session: nil), subject: proof.factor.description,
            origin: arrival.origin, details: ["factor": proof.kind.rawValue])
        let store =
            proof.alongside + (codes?.statements ?? []) + sessions.endAll(of: pending.user, because: .factorAdded) + [
                try admittance.audit.statement(event)
            ]
        guard let person = try await add(proof.factor, by: pending, storing: store) else {
            return try await refused(.transactionInvalid, pending.user, arrival.origin)
        }
        await FactorCensus(tenant: tenant).update()
        let step = try await admittance.advance(pending.evidence(on: person, adding: proof.method), arrival)
        return .done(Enrolled(step: step, recoveryCodes: codes?.codes ?? []))
    }

    /// Adds the factor, unless transaction, ticket or factor was used up meanwhile; nothing is changed then.
    private func add(
        _ factor: FactorID, by pending: PendingSignIn, storing store: [BoundStatement]
    ) async throws -> PersonAuthority? {
        do {
            return try await tenant.database.transaction { transaction in
                guard try await spend(pending, factor, in: transaction) else { throw Refusal.transactionInvalid }
                _ = try await transaction.run(store)
                return try await transaction.first(FindAuthority(id: pending.user))
            }
        } catch Refusal.transactionInvalid, DatabaseError.checkViolation(SessionEpoch.constraint) {
            return nil
        }
    }

    private func spend(
        _ pending: PendingSignIn, _ factor: FactorID, in transaction: any TenantTransaction
    ) async throws -> Bool {
        guard try await pending.spend(in: transaction, at: now()) else { return false }
        if let hash = pending.ticketHash {
            let spend = SpendEnrollmentTicket(hash: hash, user: pending.user, at: now())
            guard try await transaction.execute(spend) == 1 else { return false }
        }
        // Whatever else was begun on a password alone ends here.
        _ = try await transaction.run([
            BoundStatement(SpendEnrollmentTickets(user: pending.user, at: now())),
            BoundStatement(SpendSignInTransactions(user: pending.user, at: now())),
        ])
        return try await transaction.execute(ConfirmFactor(id: factor, user: pending.user, at: now())) == 1
    }

    private func refused<Value: Sendable>(
        _ refusal: Refusal, _ user: UserID?, _ origin: RequestOrigin
    ) async throws -> Outcome<Value> {
        try await admittance.refuse(.factorAdded, refusal.code, subject: user, origin: origin)
        return .refused(refusal)
    }
}
