package import PluginKit

extension SignIn {
    /// Lets a signed-in person prove himself again, with his second factor where he has one. He goes on in a new session;
    /// the old one ends.
    package func stepUp(
        _ session: LiveSession, password: SecretText, factor: (kind: FactorKind, code: SecretText)?, by caller: Caller
    ) async throws -> Outcome<Step> {
        let user = session.person.user
        let guess = Guess(proof: .password, subject: .person(user), origin: caller.origin)
        if case .limited(let seconds) = try await attempts.reserve(guess) {
            return try await refused(.tooManyAttempts(retryAfterSeconds: seconds), "too_many_attempts", caller)
        }
        switch try await tenant.passwordAuthenticator.authenticate(user: user, password: password) {
        case .rejected(let rejection): return try await refused(.wrongPassword, rejection.rawValue, caller)
        case .accepted: break
        }
        var alongside = try attempts.succeeded(guess)
        var methods: [AuthenticationMethod] = [.password]
        if let factor {
            let codes = FactorCodes(tenant: tenant, attempts: attempts, now: now)
            let guess = Guess(proof: .code, subject: .person(user), origin: caller.origin)
            switch try await codes.verify(factor.code, of: factor.kind, guess, user: user) {
            case .refused(let refusal, let reason): return try await refused(refusal, reason, caller)
            case .accepted(let proof):
                alongside += proof.alongside
                methods.append(proof.method)
            }
        }
        return try await renew(session, methods: methods, by: caller, alongside: alongside)
    }

    private func renew(
        _ session: LiveSession, methods: [AuthenticationMethod], by caller: Caller, alongside: [BoundStatement]
    ) async throws -> Outcome<Step> {
        let user = session.person.user
        guard let person = try await tenant.database.first(FindAuthority(id: user)) else {
            return try await refused(.notFound, Rejection.unknownAccount.rawValue, caller)
        }
        let evidence = SignInEvidence(
            person: person, methods: methods, authenticatedAt: now(), epoch: session.person.epoch,
            isTrusted: session.isTrustedWith(person.secondFactorSince))
        // Who has a factor and named none is told so, instead of being led through a sign-in.
        if !person.factors.isEmpty, methods.count < 2 {
            return try await refused(.stepUpRequired, Refusal.stepUpRequired.code, caller)
        }
        let end = EndSession(id: session.id, user: user, reason: .renewed, at: now())
        return .done(
            try await admittance.advance(
                evidence, .init(origin: caller.origin), alongside: alongside + [BoundStatement(end)]))
    }

    private func refused(_ refusal: Refusal, _ reason: String, _ caller: Caller) async throws -> Outcome<Step> {
        try await admittance.refuse(
            .steppedUp, reason, actor: caller.actor, subject: caller.actor.userID, origin: caller.origin)
        return .refused(refusal)
    }
}
