package import PluginKit

/// What those who administer a tenant do about other people's second factors.
extension People {
    /// A one-time ticket with which a person who has no factor sets up his first. Earlier tickets are worth nothing then.
    ///
    /// Nobody makes one for himself: it stands for somebody else's word that the person is who he says.
    package func issueTicket(for id: UserID, by caller: Caller) async throws -> Outcome<NewTicket> {
        let made = try EnrollmentTickets(tenant: tenant, now: now).make(for: id)
        return try await change.run(.enrollmentTicketIssued, of: id.description, by: caller) { transaction in
            guard caller.actor.userID != id else { throw Refusal.forbidden }
            let person = try await manageable(id, by: caller, in: transaction)
            guard person.factors.isEmpty else { throw Refusal.hasFactor }
            _ = try await transaction.run(
                made.statements + [try change.event(.enrollmentTicketIssued, of: id.description, by: caller)])
            return made.ticket
        }
    }

    /// Takes all factors from a person, for example because he lost them: his sessions end, nothing that he began goes
    /// on, and he sets up his next factor with the ticket that this makes.
    package func resetFactors(of id: UserID, by caller: Caller) async throws -> Outcome<NewTicket> {
        let made = try EnrollmentTickets(tenant: tenant, now: now).make(for: id)
        let outcome = try await change.run(.factorsReset, of: id.description, by: caller) { transaction in
            guard caller.actor.userID != id else { throw Refusal.forbidden }
            _ = try await manageable(id, by: caller, in: transaction)
            _ = try await transaction.run(
                withoutFactors(id) + made.statements + [
                    try change.event(.factorsReset, of: id.description, by: caller),
                    try change.event(.enrollmentTicketIssued, of: id.description, by: caller),
                ])
            return made.ticket
        }
        await FactorCensus(tenant: tenant).update()
        return outcome
    }

    /// Ends a person's rows of failures, so that he may try again at once.
    package func unlock(_ id: UserID, by caller: Caller) async throws -> Outcome<Void> {
        try await change.run(.userUnlocked, of: id.description, by: caller) { transaction in
            _ = try await manageable(id, by: caller, in: transaction)
            _ = try await transaction.run([
                BoundStatement(ForgetAllFailures(user: id)),
                try change.event(.userUnlocked, of: id.description, by: caller),
            ])
        }
    }

    private func withoutFactors(_ id: UserID) -> [BoundStatement] {
        [
            BoundStatement(RemoveFactors(user: id)),
            BoundStatement(ForgetDevices(user: id)),
            BoundStatement(SpendSignInTransactions(user: id, at: now())),
            BoundStatement(ForgetAllFailures(user: id)),
            BoundStatement(EndGrace(user: id)),
        ] + sessions.endAll(of: id, because: .factorRemoved)
    }
}
