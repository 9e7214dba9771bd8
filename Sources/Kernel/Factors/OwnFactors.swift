package import Foundation
package import PluginKit

/// What a signed-in person does with his own second factors.
///
/// Whoever calls has to see to it that the person proved himself lately; see ``ProofOfPresence``.
package struct OwnFactors: Sendable {
    private let tenant: Tenant
    private let sessions: Sessions
    private let enrollment: FactorEnrollment
    private let change: Change
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        let attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        enrollment = FactorEnrollment(
            tenant: tenant, codes: FactorCodes(tenant: tenant, attempts: attempts, now: now), now: now)
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: sessions.cells, now: now))
    }

    /// The factors that count, oldest first, and then the sets of codes that stand in for them.
    package func list(of user: UserID) async throws -> [Factor] {
        var factors: [Factor] = []
        let confirmed = try await tenant.database.rows(ListFactors(user: user)).filter(\.isConfirmed)
        for stored in confirmed.filter({ !$0.isBackup }) + confirmed.filter(\.isBackup) {
            let remaining = try await tenant.factors.backup(stored.kind)?.remaining(in: stored.id)
            factors.append(Factor(stored, remaining: remaining))
        }
        return factors
    }

    /// Begins a factor. Somebody whose role asks for one, and who has none, needs a session that began with more than a
    /// password or before he came under the rule; or a ticket.
    package func begin(
        _ kind: FactorKind, ticket: SecretText?, _ session: LiveSession, by caller: Caller
    ) async throws -> Outcome<NewFactor> {
        let user = session.person.user
        do {
            let spend = try await permission(to: session, ticket: ticket)
            guard let sealed = try await tenant.database.first(FindSealedLogin(id: user)) else {
                throw Refusal.notFound
            }
            let login = try await sessions.cells.login(sealed, of: user)
            let begun = try await enrollment.begin(kind, for: user, login: login)
            let details = ["factor": kind.rawValue]
            let event = try change.event(.factorBegun, of: begun.factor.id.description, by: caller, details: details)
            return try await change.run(.factorBegun, of: user.description, by: caller) { transaction in
                _ = try await transaction.run([session.hold])
                if let spend, try await transaction.execute(spend) != 1 { throw Refusal.ticketRequired }
                _ = try await transaction.run(begun.statements + [event])
                return begun.factor
            }
        } catch let refusal as Refusal {
            return try await change.refused(refusal, .factorBegun, of: user.description, by: caller)
        }
    }

    /// Takes the first code of a factor, which counts from then on. All other sessions end: they know of no factor.
    ///
    /// - Returns: recovery codes, where these are his first.
    package func confirm(
        _ id: FactorID, code: SecretText, _ session: LiveSession, by caller: Caller
    ) async throws -> Outcome<[SecretText]> {
        let user = session.person.user
        let guess = Guess(proof: .code, subject: .person(user), origin: caller.origin)
        switch try await enrollment.firstProof(of: id, code: code, guess, user: user) {
        case .refused(let refusal, _):
            return try await change.refused(refusal, .factorAdded, of: id.description, by: caller)
        case .accepted(let proof):
            let codes = try await enrollment.firstRecoveryCodes(of: user)
            let store = try added(proof, codes, session, by: caller)
            let outcome = try await change.run(.factorAdded, of: id.description, by: caller) { transaction in
                _ = try await transaction.run([session.hold])
                let confirm = ConfirmFactor(id: id, user: user, at: now())
                guard try await transaction.execute(confirm) == 1 else { throw Refusal.notFound }
                _ = try await transaction.run(store)
                return codes?.codes ?? []
            }
            await FactorCensus(tenant: tenant).update()
            return outcome
        }
    }

    /// Removes a factor; all other sessions end. The last one of somebody whose role asks for one stays.
    package func remove(_ id: FactorID, _ session: LiveSession, by caller: Caller) async throws -> Outcome<Void> {
        let user = session.person.user
        let outcome: Outcome<Void> = try await change.run(.factorRemoved, of: id.description, by: caller) {
            transaction in
            _ = try await transaction.run([session.hold])
            let factors = try await transaction.rows(ListFactors(user: user)).filter(\.isConfirmed)
            guard let factor = factors.first(where: { $0.id == id }) else { throw Refusal.notFound }
            let isLast = !factor.isBackup && factors.count(where: { !$0.isBackup }) == 1
            guard !isLast || !tenant.policy.secondFactor.applies(to: session.person) else { throw Refusal.lastFactor }
            // Codes stand in for a factor; without one there is nothing to stand in for.
            let remove =
                isLast ? BoundStatement(RemoveFactors(user: user)) : BoundStatement(RemoveFactor(id: id, user: user))
            let ended = sessions.endAll(of: user, except: session.id, because: .factorRemoved)
            let event = try change.event(
                .factorRemoved, of: id.description, by: caller, details: ["factor": factor.kind.rawValue])
            _ = try await transaction.run([remove, BoundStatement(ForgetDevices(user: user))] + ended + [event])
        }
        await FactorCensus(tenant: tenant).update()
        return outcome
    }

    /// A new set of recovery codes; the old one is worth nothing any more.
    package func renewRecoveryCodes(_ session: LiveSession, by caller: Caller) async throws -> Outcome<[SecretText]> {
        let user = session.person.user
        guard let backup = tenant.factors.backups.first else {
            return try await change.refused(.notFound, .recoveryCodesMade, of: nil, by: caller)
        }
        let codes = try await enrollment.recoveryCodes(of: user, from: backup)
        let event = try change.event(.recoveryCodesMade, of: codes.id.description, by: caller)
        return try await change.run(.recoveryCodesMade, of: codes.id.description, by: caller) { transaction in
            _ = try await transaction.run([session.hold])
            let factors = try await transaction.rows(ListFactors(user: user))
            guard factors.contains(where: { $0.isConfirmed && !$0.isBackup }) else { throw Refusal.noFactor }
            _ = try await transaction.run(codes.statements + [event])
            return codes.codes
        }
    }

    // MARK: Parts

    /// What has to be spent for this session to begin a factor; nothing where it is trusted.
    private func permission(to session: LiveSession, ticket: SecretText?) async throws -> SpendEnrollmentTicket? {
        let person = session.person
        guard person.factors.isEmpty, tenant.policy.secondFactor.applies(to: person) else { return nil }
        if session.isTrustedWith(person.secondFactorSince) { return nil }
        let tickets = EnrollmentTickets(tenant: tenant, now: now)
        guard let hash = try await tickets.find(ticket, for: person.user) else { throw Refusal.ticketRequired }
        return SpendEnrollmentTicket(hash: hash, user: person.user, at: now())
    }

    private func added(
        _ proof: FactorCodes.Proof, _ codes: NewRecoveryCodes?, _ session: LiveSession, by caller: Caller
    ) throws -> [BoundStatement] {
        let user = session.person.user
        let details = ["factor": proof.kind.rawValue]
        let ended = sessions.endAll(of: user, except: session.id, because: .factorAdded)
        return proof.alongside + (codes?.statements ?? []) + ended + [
            BoundStatement(StrengthenSession(id: session.id, method: proof.method)),
            BoundStatement(SpendSignInTransactions(user: user, at: now())),
            BoundStatement(SpendEnrollmentTickets(user: user, at: now())),
            try change.event(.factorAdded, of: proof.factor.description, by: caller, details: details),
        ]
    }
}

extension LiveSession {
    /// Whether more than a password stands behind it: it began with more, or before the rule that a thief might be after.
    func isTrustedWith(_ secondFactorSince: Date?) -> Bool {
        isTrusted || secondFactorSince.map { createdAt < $0 } ?? false
    }
}
