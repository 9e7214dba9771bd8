package import Foundation
package import PluginKit

/// One-time tickets that let somebody set up his first factor who has only a password to show.
///
/// An invitation is such a ticket, too, for whoever took it up: who broke off while he set up his factor need not ask
/// anybody.
struct EnrollmentTickets: Sendable {
    let tenant: Tenant
    let now: @Sendable () -> Date

    /// A new ticket, and the statements that put it in the place of all earlier ones.
    func make(for user: UserID) throws -> (ticket: NewTicket, statements: [BoundStatement]) {
        let token = try OpaqueToken.make(.enrollmentTicket)
        let expiresAt = now().addingTimeInterval(tenant.policy.invitationLifetime.timeInterval)
        let add = AddEnrollmentTicket(hash: token.hash, user: user, at: now(), expiresAt: expiresAt)
        return (
            NewTicket(user: user, token: token.text, expiresAt: expiresAt),
            [BoundStatement(SpendEnrollmentTickets(user: user, at: now())), BoundStatement(add)]
        )
    }

    /// The statement that lets an invitation serve as its taker's ticket.
    func add(_ invitation: OpaqueToken, for user: UserID) -> BoundStatement {
        let expiresAt = now().addingTimeInterval(tenant.policy.invitationLifetime.timeInterval)
        return BoundStatement(AddEnrollmentTicket(hash: invitation.hash, user: user, at: now(), expiresAt: expiresAt))
    }

    /// The hash of a ticket that is good for this person now; `nil` for any other text.
    func find(_ text: SecretText?, for user: UserID) async throws -> [UInt8]? {
        guard let text,
            let token = OpaqueToken(.enrollmentTicket, text: text) ?? OpaqueToken(.invitation, text: text)
        else { return nil }
        return try await tenant.database.first(FindEnrollmentTicket(hash: token.hash, user: user, at: now()))
    }
}

/// A ticket that was just made; its token exists only here.
package struct NewTicket: Sendable {
    package let user: UserID
    package let token: SecretText
    package let expiresAt: Date
}
