package import Foundation
package import PluginKit

/// Invites people into one tenant and lets them in.
package struct Invitations: Sendable {
    /// What takers of invitations are counted under.
    private static let attemptSubject = "invitation"

    private let tenant: Tenant
    private let roles: Roles
    private let sessions: Sessions
    private let attempts: Attempts
    private let admittance: Admittance
    private let change: Change
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: sessions.cells, now: now))
        roles = Roles(tenant: tenant, cells: sessions.cells, now: now)
        attempts = Attempts(tenant: tenant, cells: sessions.cells, now: now)
        admittance = Admittance(tenant: tenant, sessions: sessions, now: now)
    }

    /// Invites somebody, who becomes a person when he takes it up. An open invitation of the same login is replaced.
    package func create(
        login: Login, displayName: DisplayName?, roles names: [String], by caller: Caller
    ) async throws -> Outcome<NewInvitation> {
        let token = try OpaqueToken.make(.invitation)
        let invitation = draft(login: login, displayName: displayName, roles: names, user: nil, by: caller)
        return try await change.run(.invitationCreated, of: invitation.id.description, by: caller) { transaction in
            try await add(invitation, login: login, token: token, by: caller, in: transaction)
        }
    }

    /// Invites somebody as part of a larger change, as ``create(login:displayName:roles:by:)`` does.
    func add(
        login: Login, displayName: DisplayName?, roles names: [String], by caller: Caller,
        in transaction: any TenantTransaction
    ) async throws -> NewInvitation {
        let invitation = draft(login: login, displayName: displayName, roles: names, user: nil, by: caller)
        let token = try OpaqueToken.make(.invitation)
        return try await add(invitation, login: login, token: token, by: caller, in: transaction)
    }

    private func add(
        _ invitation: Invitation, login: Login, token: OpaqueToken, by caller: Caller,
        in transaction: any TenantTransaction
    ) async throws -> NewInvitation {
        let granted = try await roles.permissions(of: invitation.roles, in: transaction)
        guard Authorizer.mayHandOut(caller, granted) else { throw Refusal.forbidden }
        guard try await sessions.cells.find(login, in: transaction) == nil else { throw Refusal.loginTaken }
        let details = ["roles": invitation.roles.joined(separator: " ")]
        let insert = try await insert(invitation, login: login, token: token, in: transaction)
        let event = try change.event(
            .invitationCreated, of: invitation.id.description, by: caller, details: details)
        _ = try await transaction.run(insert + [event])
        return NewInvitation(invitation: invitation, token: token.text, url: url(for: token))
    }

    /// The invitation that is open for a login; its token is not known any more.
    package func open(for login: Login) async throws -> Invitation? {
        let find = FindInvitationOfLogin(entries: try sessions.cells.entriesToFind(login), at: now())
        guard let stored = try await tenant.database.first(find) else { return nil }
        return try await sessions.cells.invitation(stored)
    }

    /// The first owner's invitation of a tenant that is about to be made, with the statements that store it.
    func begin(
        _ login: Login, displayName: DisplayName?, by caller: Caller
    ) throws -> (new: NewInvitation, statements: [BoundStatement]) {
        let token = try OpaqueToken.make(.invitation)
        let roles = [BuiltInRole.owner.rawValue]
        let invitation = draft(login: login, displayName: displayName, roles: roles, user: nil, by: caller)
        let statements = [
            try sessions.cells.insert(invitation, login: login, tokenHash: token.hash),
            try change.event(
                .invitationCreated, of: invitation.id.description, by: caller,
                details: ["roles": roles.joined(separator: " ")]),
        ]
        return (NewInvitation(invitation: invitation, token: token.text, url: url(for: token)), statements)
    }

    /// Makes a person at once, and an invitation with which he sets his password.
    package func createPerson(
        login: Login, displayName: DisplayName?, roles names: [String], by caller: Caller
    ) async throws -> Outcome<NewInvitation> {
        let token = try OpaqueToken.make(.invitation)
        let user = UserID.make(at: now())
        let invitation = draft(login: login, displayName: displayName, roles: names, user: user, by: caller)
        return try await change.run(.userCreated, of: user.description, by: caller) { transaction in
            let granted = try await roles.permissions(of: invitation.roles, in: transaction)
            guard Authorizer.mayHandOut(caller, granted) else { throw Refusal.forbidden }
            let details = ["roles": invitation.roles.joined(separator: " ")]
            let insert = try await insert(invitation, login: login, token: token, in: transaction)
            let person = try sessions.cells.insertUser(user, login: login, displayName: displayName, at: now())
            let listing = try await sessions.cells.list(user, by: login, in: transaction)
            let assign = BoundStatement(AssignRoles(user: user, roles: invitation.roles, at: now()))
            _ = try await transaction.run(
                [person] + listing + [assign, duty(of: user)] + insert + [
                    try change.event(.userCreated, of: user.description, by: caller, details: details),
                    try change.event(.invitationCreated, of: invitation.id.description, by: caller, details: details),
                ])
            return NewInvitation(invitation: invitation, token: token.text, url: url(for: token))
        }
    }

    /// Open invitations, oldest first: one page of at most `limit`, made after `after`.
    package func list(after: InvitationID?, limit: Int) async throws -> [Invitation] {
        var invitations: [Invitation] = []
        for stored in try await tenant.database.rows(ListInvitations(after: after, limit: limit, at: now())) {
            invitations.append(try await sessions.cells.invitation(stored))
        }
        return invitations
    }

    package func revoke(_ id: InvitationID, by caller: Caller) async throws -> Outcome<Void> {
        try await change.run(.invitationRevoked, of: id.description, by: caller) { transaction in
            guard let names = try await transaction.first(FindInvitationRoles(id: id, at: now())) else {
                throw Refusal.notFound
            }
            let granted = try await knownPermissions(of: names, in: transaction)
            guard Authorizer.mayHandOut(caller, granted) else { throw Refusal.forbidden }
            guard try await transaction.execute(RevokeInvitation(id: id, at: now())) == 1 else {
                throw Refusal.notFound
            }
            _ = try await transaction.run([try change.event(.invitationRevoked, of: id.description, by: caller)])
        }
    }

    /// Takes up an invitation: makes the person, or finds the one it was made for, sets his password and signs him in.
    package func accept(
        _ text: SecretText, password: SecretText, displayName: DisplayName?, origin: RequestOrigin
    ) async throws -> Outcome<SignIn.Step> {
        let caller = Caller(actor: .anonymous, permissions: [], origin: origin)
        // A password costs a hash before the invitation is spent, so takers are counted like guesses.
        if case .limited(let seconds) = try await attempts.reserve(Self.guess(from: origin)) {
            return .refused(.tooManyAttempts(retryAfterSeconds: seconds))
        }
        guard let token = OpaqueToken(.invitation, text: text),
            let stored = try await tenant.database.first(FindOpenInvitation(tokenHash: token.hash, at: now()))
        else { return try await change.refused(.invitationInvalid, .invitationAccepted, of: nil, by: caller) }
        let offer = try await sessions.cells.openInvitation(stored)
        let user = offer.user ?? UserID.make(at: now())
        let owner = PasswordOwner(user: user, login: offer.login.canonical)
        switch try await tenant.passwordKeeper.prepare(password, for: owner, mustChange: false) {
        case .refused(let weaknesses):
            let subject = offer.id.description
            return try await change.refused(.weakPassword(weaknesses), .invitationAccepted, of: subject, by: caller)
        case .ready(let store):
            let taker = Taker(user: user, displayName: displayName, storePassword: store)
            return try await admit(taker, by: token, offer: offer, origin: origin)
        }
    }

    // MARK: Parts

    private func draft(
        login: Login, displayName: DisplayName?, roles: [String], user: UserID?, by caller: Caller
    ) -> Invitation {
        Invitation(
            id: .make(at: now()), login: login.written, displayName: displayName?.text, roles: Set(roles).sorted(),
            user: user, invitedBy: caller.actor.userID, invitedByKey: caller.actor.keyID, createdAt: now(),
            expiresAt: now().addingTimeInterval(tenant.policy.invitationLifetime.timeInterval))
    }

    /// The statements that add an invitation in the place of an open one for the same login, which others cannot add to
    /// meanwhile.
    private func insert(
        _ invitation: Invitation, login: Login, token: OpaqueToken, in transaction: any TenantTransaction
    ) async throws -> [BoundStatement] {
        try await transaction.execute(LockInvitations())
        return try await sessions.cells.insert(
            invitation, login: login, tokenHash: token.hash, at: now(), in: transaction)
    }

    /// Who takes up an invitation, with what is to be stored for him.
    private struct Taker: Sendable {
        let user: UserID
        let displayName: DisplayName?
        let storePassword: [BoundStatement]
    }

    private func admit(
        _ taker: Taker, by token: OpaqueToken, offer: OpenInvitation, origin: RequestOrigin
    ) async throws -> Outcome<SignIn.Step> {
        let caller = Caller(actor: .anonymous, permissions: [], origin: origin)
        let subject = offer.id.description
        let made = try await change.run(.invitationAccepted, of: subject, by: caller) { transaction in
            try await spend(offer, token: token, in: transaction)
            let person = try await make(taker, from: offer, origin: origin, in: transaction)
            try await leaveTicket(token, for: person, in: transaction)
            return person
        }
        switch made {
        case .refused(let refusal): return .refused(refusal)
        case .done(let person): return try await signIn(person, origin: origin)
        }
    }

    private func signIn(_ person: PersonAuthority, origin: RequestOrigin) async throws -> Outcome<SignIn.Step> {
        let evidence = SignInEvidence(
            person: person, methods: [.password], authenticatedAt: now(), epoch: person.epoch, isTrusted: true,
            isNewcomer: true)
        let taken = try attempts.succeeded(Self.guess(from: origin))
        return .done(try await admittance.advance(evidence, .init(origin: origin), alongside: taken))
    }

    private static func guess(from origin: RequestOrigin) -> Guess {
        Guess(proof: .password, subject: .anybody(attemptSubject), origin: origin)
    }

    /// Lets the invitation serve as a ticket, where the person's role asks for a second factor: should he break off while
    /// he sets it up, he need not ask anybody.
    private func leaveTicket(
        _ token: OpaqueToken, for person: PersonAuthority, in transaction: any TenantTransaction
    ) async throws {
        guard person.factors.isEmpty, tenant.policy.secondFactor.applies(to: person) else { return }
        _ = try await transaction.run([EnrollmentTickets(tenant: tenant, now: now).add(token, for: person.user)])
    }

    /// The statement that notes whether the person's roles ask for a second factor now.
    private func duty(of user: UserID) -> BoundStatement {
        BoundStatement(SyncSecondFactorDuties(user: user, rule: tenant.policy.secondFactor, at: now()))
    }

    /// Spends the invitation, unless whoever made it could not make it any more.
    private func spend(_ offer: OpenInvitation, token: OpaqueToken, in transaction: any TenantTransaction) async throws
    {
        let spend = SpendInvitation(tokenHash: token.hash, at: now())
        guard try await transaction.execute(spend) == 1 else { throw Refusal.invitationInvalid }
        let makers = try await makers(of: offer, in: transaction)
        guard !makers.isEmpty else { return }
        let granted = try await knownPermissions(of: offer.roles, in: transaction).union([.invitationsCreate])
        guard makers.allSatisfy(granted.isSubset) else { throw Refusal.invitationInvalid }
    }

    /// What those allow now who made an invitation: the person, the API key, or both; nothing for one who is no more.
    private func makers(
        of offer: OpenInvitation, in transaction: any TenantTransaction
    ) async throws -> [Set<Permission>] {
        var makers: [Set<Permission>] = []
        if let inviter = offer.invitedBy {
            let person = try await transaction.first(FindAuthority(id: inviter))
            makers.append(person.flatMap { $0.state == .active ? $0.permissions : nil } ?? [])
        }
        if let key = offer.invitedByKey {
            makers.append(try await transaction.first(FindInvitingKey(id: key, at: now())) ?? [])
        }
        return makers
    }

    private func make(
        _ taker: Taker, from offer: OpenInvitation, origin: RequestOrigin, in transaction: any TenantTransaction
    ) async throws -> PersonAuthority {
        let name = taker.displayName ?? offer.displayName.flatMap(DisplayName.init)
        let caller = Caller(actor: .person(taker.user, session: nil), permissions: [], origin: origin)
        var statements: [BoundStatement] = []
        if offer.user == nil {
            let insert = try sessions.cells.insertUser(taker.user, login: offer.login, displayName: name, at: now())
            let listing = try await sessions.cells.list(taker.user, by: offer.login, in: transaction)
            let assign = AssignRoles(user: taker.user, roles: offer.roles, at: now())
            let name = BoundStatement(NameInvited(id: offer.id, user: taker.user))
            statements = [insert] + listing + [BoundStatement(assign), duty(of: taker.user), name]
        } else {
            statements = sessions.endAll(of: taker.user, because: .passwordChanged)
            if let name = taker.displayName {
                let changes = UserChanges(displayName: name)
                statements.append(try sessions.cells.updateUser(taker.user, to: changes, at: now()))
            }
        }
        statements += taker.storePassword
        statements.append(try change.event(.invitationAccepted, of: offer.id.description, by: caller))
        if offer.roles.contains(BuiltInRole.owner.rawValue) {
            statements.append(BoundStatement(MarkTenantOwned(at: now())))
        }
        statements.append(BoundStatement(FindAuthority(id: taker.user)))
        let results = try await transaction.run(statements)
        // An invitation for somebody who was suspended or deleted since is worth nothing.
        guard let person = try results.last.flatMap({ try FindAuthority.rows(of: $0).first }), person.state == .active
        else { throw Refusal.invitationInvalid }
        return person
    }

    /// What the roles of an invitation allow; a role that is gone since allows nothing.
    private func knownPermissions(
        of names: [String], in transaction: any TenantTransaction
    ) async throws -> Set<Permission> {
        let known = Set(try await transaction.rows(FindRoles(names: names)).map(\.name))
        let usable = names.filter { known.contains($0) || BuiltInRole(rawValue: $0) != nil }
        return try await roles.permissions(of: usable, in: transaction)
    }

    private func url(for token: OpaqueToken) -> String {
        "\(tenant.address)/invitations/accept#token=" + token.text.withExposed { $0 }
    }
}
