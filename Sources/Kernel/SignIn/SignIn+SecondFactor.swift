package import PluginKit

extension SignIn {
    /// Goes on with a sign-in that waits for a second factor. A wrong code leaves the transaction as it is, and counts;
    /// a code that was used already is a wrong one.
    package func proveSecondFactor(
        transaction text: SecretText, kind: FactorKind, code: SecretText, device claim: DeviceClaim = DeviceClaim(),
        origin: RequestOrigin
    ) async throws -> Outcome<Step> {
        guard let pending = try await admittance.transactions.find(text, step: .secondFactor) else {
            try await admittance.refuse(.secondFactor, Refusal.transactionInvalid.code, origin: origin)
            return .refused(.transactionInvalid)
        }
        let device = try await admittance.devices.find(claim.token, of: pending.user)
        let codes = FactorCodes(tenant: tenant, attempts: attempts, now: now)
        let guess = Guess(proof: .code, subject: .person(pending.user), origin: origin, device: device)
        switch try await codes.verify(code, of: kind, guess, user: pending.user) {
        case .refused(let refusal, let reason):
            try await admittance.refuse(.secondFactor, reason, subject: pending.user, origin: origin)
            return .refused(refusal)
        case .accepted(let proof):
            let arrival = Admittance.Arrival(origin: origin, claim: claim, device: device)
            return try await proceed(pending, proof, arrival)
        }
    }

    private func proceed(
        _ pending: PendingSignIn, _ proof: FactorCodes.Proof, _ arrival: Admittance.Arrival
    ) async throws -> Outcome<Step> {
        let actor = Actor.person(pending.user, session: nil)
        let event = AuditEvent(
            .secondFactor, actor: actor, subject: proof.factor.description, origin: arrival.origin,
            details: ["factor": proof.kind.rawValue])
        let statements = proof.alongside + [try admittance.audit.statement(event)]
        guard let person = try await admittance.transactions.goOn(with: pending, storing: statements) else {
            let code = Refusal.transactionInvalid.code
            try await admittance.refuse(.secondFactor, code, subject: pending.user, origin: arrival.origin)
            return .refused(.transactionInvalid)
        }
        return .done(try await admittance.advance(pending.evidence(on: person, adding: proof.method), arrival))
    }
}
