package import Foundation
package import PluginKit

/// The people of one tenant, as those who administer it see them.
package struct People: Sendable {
    let tenant: Tenant
    let roles: Roles
    let sessions: Sessions
    let change: Change
    let now: @Sendable () -> Date

    package init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: sessions.cells, now: now))
        roles = Roles(tenant: tenant, cells: sessions.cells, now: now)
    }

    package func user(_ id: UserID) async throws -> User? {
        guard let stored = try await tenant.database.first(FindUser(id: id)) else { return nil }
        return try await sessions.cells.user(stored)
    }

    /// The person who has this login.
    package func user(with login: Login) async throws -> UserID? {
        try await sessions.cells.find(login, in: tenant.database)?.id
    }

    /// People who are not deleted, oldest first: one page of at most `limit`, made after `after`.
    package func list(after: UserID?, limit: Int) async throws -> [User] {
        var users: [User] = []
        for stored in try await tenant.database.rows(ListUsers(after: after, limit: limit)) {
            users.append(try await sessions.cells.user(stored))
        }
        return users
    }

    /// Makes a person. A password given here must be changed at the first sign-in: whoever sets it knows it.
    package func create(_ new: NewUser, by caller: Caller) async throws -> Outcome<User> {
        let id = UserID.make(at: now())
        let store: [BoundStatement]
        switch try await preparePassword(new.password, of: id, login: new.login) {
        case .ready(let statements): store = statements
        case .refused(let weaknesses):
            return try await change.refused(.weakPassword(weaknesses), .userCreated, of: nil, by: caller)
        }
        return try await change.run(.userCreated, of: id.description, by: caller) { transaction in
            let granted = try await roles.permissions(of: new.roles, in: transaction)
            guard Authorizer.mayHandOut(caller, granted) else { throw Refusal.forbidden }
            let user = try sessions.cells.insertUser(id, login: new.login, displayName: new.displayName, at: now())
            let listing = try await sessions.cells.list(id, by: new.login, in: transaction)
            let assign = AssignRoles(user: id, roles: new.roles, at: now())
            _ = try await transaction.run(
                [user] + listing + [BoundStatement(assign), duty(of: id)] + store + [
                    try change.event(
                        .userCreated, of: id.description, by: caller,
                        details: ["roles": new.roles.sorted().joined(separator: " ")])
                ])
            return try await found(id, in: transaction)
        }
    }

    /// Changes what is given, leaves the rest.
    package func update(_ id: UserID, to changes: UserChanges, by caller: Caller) async throws -> Outcome<User> {
        try await change.run(.userChanged, of: id.description, by: caller) { transaction in
            _ = try await manageable(id, by: caller, in: transaction)
            var listing: [BoundStatement] = []
            if let login = changes.login {
                listing = try await sessions.cells.list(id, by: login, in: transaction)
            }
            _ = try await transaction.run(
                [try sessions.cells.updateUser(id, to: changes, at: now())] + listing + [
                    try change.event(.userChanged, of: id.description, by: caller, details: ["fields": changes.names])
                ])
            return try await found(id, in: transaction)
        }
    }

    /// Suspends a person: no way in, and every session ends now.
    package func suspend(_ id: UserID, by caller: Caller) async throws -> Outcome<User> {
        switch try await move(id, to: .suspended, because: .suspended, .userSuspended, by: caller) {
        case .done(let stored): .done(try await sessions.cells.user(stored).moved(to: .suspended, at: now()))
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// Lets a suspended person in again; sessions that ended stay ended.
    package func resume(_ id: UserID, by caller: Caller) async throws -> Outcome<User> {
        try await change.run(.userResumed, of: id.description, by: caller) { transaction in
            _ = try await manageable(id, by: caller, in: transaction)
            _ = try await transaction.run([
                BoundStatement(SetUserState(id: id, state: .active, at: now())),
                try change.event(.userResumed, of: id.description, by: caller),
            ])
            return try await found(id, in: transaction)
        }
    }

    /// Deletes a person: every session ends now, the login is free, and what only served signing in is gone. The row stays
    /// for 30 days, so that others can be told who somebody was; then maintenance removes it. There is no way back.
    package func delete(_ id: UserID, by caller: Caller) async throws -> Outcome<Void> {
        switch try await move(id, to: .deleted, because: .deleted, .userDeleted, by: caller) {
        case .done: .done(())
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// Ends every session of a person.
    package func revokeSessions(of id: UserID, by caller: Caller) async throws -> Outcome<Int> {
        try await change.run(.sessionsRevoked, of: id.description, by: caller) { transaction in
            _ = try await manageable(id, by: caller, in: transaction)
            let results = try await transaction.run(sessions.endAll(of: id, because: .revokedByAdmin))
            let ended = results.last?.affected ?? 0
            let details = ["sessions": "\(ended)"]
            _ = try await transaction.run([
                try change.event(.sessionsRevoked, of: id.description, by: caller, details: details)
            ])
            return ended
        }
    }

    /// Gives a person exactly these roles. Both what is added and what is taken must lie within the caller's own.
    package func setRoles(_ names: [String], of id: UserID, by caller: Caller) async throws -> Outcome<User> {
        try await change.run(.rolesAssigned, of: id.description, by: caller) { transaction in
            let person = try await manageable(id, by: caller, in: transaction)
            let wanted = Set(names)
            let granted = try await roles.permissions(of: names, in: transaction)
            guard Authorizer.mayHandOut(caller, granted) else { throw Refusal.forbidden }
            if person.isActiveOwner, !wanted.contains(BuiltInRole.owner.rawValue) {
                try await requireAnotherOwner(than: id, in: transaction)
            }
            let details = [
                "before": person.roles.joined(separator: " "), "after": wanted.sorted().joined(separator: " "),
            ]
            _ = try await transaction.run([
                BoundStatement(WithdrawRoles(user: id, kept: names)),
                BoundStatement(AssignRoles(user: id, roles: names, at: now())),
                duty(of: id),
                try change.event(.rolesAssigned, of: id.description, by: caller, details: details),
            ])
            return try await found(id, in: transaction)
        }
    }

    // MARK: Parts

    /// Gives the person as he was. Nothing of him is opened: whoever's values are damaged can still be shut out.
    private func move(
        _ id: UserID, to state: User.State, because reason: SessionEnd, _ type: AuditEventType, by caller: Caller
    ) async throws -> Outcome<StoredUser> {
        try await change.run(type, of: id.description, by: caller) { transaction in
            let person = try await manageable(id, by: caller, in: transaction)
            if person.isActiveOwner { try await requireAnotherOwner(than: id, in: transaction) }
            let leave = [
                BoundStatement(FindUser(id: id)), BoundStatement(SetUserState(id: id, state: state, at: now())),
            ]
            let ended = sessions.endAll(of: id, because: reason)
            let event = try change.event(type, of: id.description, by: caller)
            let erasure = state == .deleted ? [BoundStatement(EraseSignIn(user: id))] : []
            let results = try await transaction.run(leave + ended + [event] + erasure)
            guard let user = try FindUser.rows(of: results[0]).first else { throw Refusal.notFound }
            return user
        }
    }

    /// The person, locked against other changes, if the caller may touch him.
    func manageable(
        _ id: UserID, by caller: Caller, in transaction: any TenantTransaction
    ) async throws -> PersonAuthority {
        // Two statements: the lock waits for others, and only what is read after it is what they left.
        let results = try await transaction.run([
            BoundStatement(LockUser(id: id)), BoundStatement(FindAuthority(id: id)),
        ])
        guard let person = try FindAuthority.rows(of: results[1]).first else { throw Refusal.notFound }
        guard Authorizer.mayManage(caller, personWith: person.permissions) else { throw Refusal.forbidden }
        return person
    }

    private func requireAnotherOwner(than id: UserID, in transaction: any TenantTransaction) async throws {
        let results = try await transaction.run([
            BoundStatement(LockOwners()), BoundStatement(CountOtherOwners(id: id)),
        ])
        guard let others = try CountOtherOwners.rows(of: results[1]).first, others > 0 else { throw Refusal.lastOwner }
    }

    /// The statement that notes whether the person's roles ask for a second factor now.
    private func duty(of id: UserID) -> BoundStatement {
        BoundStatement(SyncSecondFactorDuties(user: id, rule: tenant.policy.secondFactor, at: now()))
    }

    private func found(_ id: UserID, in transaction: any TenantTransaction) async throws -> User {
        guard let user = try await transaction.first(FindUser(id: id)) else { throw Refusal.notFound }
        return try await sessions.cells.inside(transaction).user(user)
    }

    private func preparePassword(_ password: SecretText?, of id: UserID, login: Login) async throws -> PreparedPassword
    {
        guard let password else { return .ready(store: []) }
        let owner = PasswordOwner(user: id, login: login.canonical)
        return try await tenant.passwordKeeper.prepare(password, for: owner, mustChange: true)
    }
}

/// A person to be made.
package struct NewUser: Sendable {
    package let login: Login
    package let displayName: DisplayName?
    package let roles: [String]
    package let password: SecretText?

    package init(login: Login, displayName: DisplayName? = nil, roles: [String] = [], password: SecretText? = nil) {
        self.login = login
        self.displayName = displayName
        self.roles = roles
        self.password = password
    }
}

/// What to change about a person; an absent part stays.
package struct UserChanges: Sendable {
    package let login: Login?
    package let displayName: DisplayName?

    package init(login: Login? = nil, displayName: DisplayName? = nil) {
        self.login = login
        self.displayName = displayName
    }

    /// The names of the fields that change, for the audit trail; never their values.
    var names: String {
        [login.map { _ in "login" }, displayName.map { _ in "display_name" }].compactMap { $0 }.joined(separator: " ")
    }
}

extension PersonAuthority {
    var isActiveOwner: Bool { state == .active && roles.contains(BuiltInRole.owner.rawValue) }
}

extension User {
    fileprivate func moved(to state: State, at time: Date) -> User {
        User(
            id: id, login: login, displayName: displayName, state: state, roles: roles, createdAt: createdAt,
            updatedAt: time)
    }
}
