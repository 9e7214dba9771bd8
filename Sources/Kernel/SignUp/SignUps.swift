package import Foundation
package import PluginKit

/// Lets strangers ask to become people of one tenant, where the tenant is open to that, and those who may invite settle it.
///
/// While there is no mail, nobody can prove that an address is his, so asking makes nobody a person: whoever settles it
/// hands an invitation to somebody whom he knows to be the right one. Asking is answered alike, after the same work,
/// whatever is known of a login.
package struct SignUps: Sendable {
    /// How long a request waits to be settled.
    package static let lifetime: TimeInterval = 14 * 86_400
    /// How many requests may wait; strangers fill no more of the database than that.
    static let mostWaiting = 1000

    private let tenant: Tenant
    private let sessions: Sessions
    private let attempts: Attempts
    private let invitations: Invitations
    private let change: Change
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        invitations = Invitations(tenant: tenant, sessions: sessions, now: now)
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: sessions.cells, now: now))
    }

    /// Asks for somebody. Whoever asks learns nothing but whether he asks too often.
    package func ask(
        login: Login, displayName: DisplayName?, origin: RequestOrigin
    ) async throws -> Outcome<Void> {
        if case .limited(let seconds) = try await attempts.reserve(from: origin) {
            return .refused(.tooManyAttempts(retryAfterSeconds: seconds))
        }
        let isAllowed = tenant.plan.signUp.allows(login)
        let id = SignUpID.make(at: now())
        let offer = InvitationOffer(login: login.written, displayName: displayName?.text)
        let sealed = try sessions.cells.seal(offer.bytes, at: Cell(.signUpLogin, row: id))
        try await tenant.database.transaction { transaction in
            let entries = try await sessions.cells.entriesToStore(login, in: transaction)
            guard let entry = entries.last?.entry else { throw KeyringError.unknownKey }
            let isKnown = try await sessions.cells.listed(by: login, in: transaction) != nil
            let known = try sessions.cells.entriesToFind(login) + entries.map(\.entry)
            let request = StoredSignUp(
                id: id, sealedLogin: sealed, createdAt: now(), expiresAt: now().addingTimeInterval(Self.lifetime))
            // Every request runs every statement, so that none takes longer than another.
            let results = try await transaction.run([
                BoundStatement(DropOverdueSignUp(entries: known, at: now())),
                BoundStatement(
                    AddSignUp(
                        request: request, entry: entry, known: known, isWelcome: isAllowed && !isKnown,
                        most: Self.mostWaiting)),
            ])
            let isStored = results[1].affected == 1
            let reason = isAllowed ? (isKnown ? "login_taken" : "not_kept") : "mail_domain_refused"
            let event = try change.audit.statement(
                AuditEvent(
                    .signUpRequested, isStored ? .success : .refused, reason: isStored ? nil : reason,
                    actor: .anonymous, subject: isStored ? id.description : nil, origin: origin))
            _ = try await transaction.run([event])
        }
        return .done(())
    }

    /// Requests that wait, oldest first: one page of at most `limit`, made after `after`.
    package func list(after: SignUpID?, limit: Int) async throws -> [SignUpRequest] {
        var requests: [SignUpRequest] = []
        for stored in try await tenant.database.rows(ListSignUps(after: after, limit: limit, at: now())) {
            requests.append(try await sessions.cells.signUp(stored))
        }
        return requests
    }

    /// Invites who asked. Nobody hands out what he has not.
    package func approve(_ id: SignUpID, roles: [String], by caller: Caller) async throws -> Outcome<NewInvitation> {
        try await change.run(.signUpApproved, of: id.description, by: caller) { transaction in
            guard let stored = try await transaction.first(TakeSignUp(id: id, at: now())) else {
                throw Refusal.notFound
            }
            let asker = try await sessions.cells.inside(transaction).asker(stored)
            let new = try await invitations.add(
                login: asker.login, displayName: asker.displayName, roles: roles, by: caller, in: transaction)
            let details = ["invitation": new.invitation.id.description]
            _ = try await transaction.run([
                try change.event(.signUpApproved, of: id.description, by: caller, details: details)
            ])
            return new
        }
    }

    /// Turns a request down. Who asked is told nothing, and may ask again.
    package func decline(_ id: SignUpID, by caller: Caller) async throws -> Outcome<Void> {
        try await change.run(.signUpDeclined, of: id.description, by: caller) { transaction in
            guard try await transaction.first(TakeSignUp(id: id, at: now())) != nil else { throw Refusal.notFound }
            _ = try await transaction.run([try change.event(.signUpDeclined, of: id.description, by: caller)])
        }
    }
}
