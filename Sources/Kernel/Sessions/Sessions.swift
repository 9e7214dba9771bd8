import Cryptography
package import Foundation
package import PluginKit

/// The sessions of one tenant: begins, continues, lists and ends them.
package struct Sessions: Sendable {
    let tenant: Tenant
    let accessTokens: AccessTokens
    let cells: TenantCells
    let audit: AuditTrail
    let now: @Sendable () -> Date

    package init(
        tenant: Tenant, accessTokens: AccessTokens, cells: TenantCells, now: @escaping @Sendable () -> Date
    ) {
        self.tenant = tenant
        self.accessTokens = accessTokens
        self.cells = cells
        audit = AuditTrail(database: tenant.database, cells: cells, now: now)
        self.now = now
    }

    /// Begins a session for an admitted person; `nil` where his sessions were ended since he began to prove himself.
    /// `alongside` commits with it.
    func start(
        _ admission: Admission, origin: RequestOrigin, device: NewDevice? = nil, alongside: [BoundStatement] = []
    ) async throws -> IssuedTokens? {
        let id = SessionID.make(at: now())
        let refresh = try OpaqueToken.make(.refresh)
        let expiresAt = now().addingTimeInterval(tenant.policy.refreshTokenLifetime.timeInterval)
        // Signed before the session is stored: a key that cannot be had must not leave a session behind.
        let access = try await accessTokens.mint(admission, session: id)
        let actor = Actor.person(admission.user, session: id)
        let sealedOrigin = try cells.sealOrigin(origin, at: Cell(.sessionOrigin, row: id))
        let start = StartSession(
            id: id, admission: admission, sealedOrigin: sealedOrigin, at: now(), expiresAt: expiresAt)
        let statements =
            [
                BoundStatement(HoldSessionEpoch(user: admission.user, epoch: admission.epoch)), BoundStatement(start),
                BoundStatement(AddRefreshToken(hash: refresh.hash, session: id, at: now())),
                try audit.statement(AuditEvent(.sessionStarted, actor: actor, subject: id.description, origin: origin)),
            ] + graceBeginning(with: admission) + alongside
        let stored = try await SessionEpoch.unlessPassed { try await tenant.database.run(statements) }
        guard stored != nil else { return nil }
        return issued(
            access: access, refresh: refresh, session: id, expiresAt: expiresAt, graceUntil: admission.graceUntil,
            device: device)
    }

    /// The session with this id, while it lives and its person is active; `nil` otherwise.
    package func live(_ id: SessionID) async throws -> LiveSession? {
        try await tenant.database.first(FindLiveSession(id: id, at: now()))
    }

    /// The live sessions of a person, newest first.
    package func list(of user: UserID) async throws -> [Session] {
        var sessions: [Session] = []
        for stored in try await tenant.database.rows(ListSessions(user: user, at: now())) {
            let origin = try await cells.openOrigin(stored.sealedOrigin, at: Cell(.sessionOrigin, row: stored.id))
            sessions.append(Session(stored, origin: origin))
        }
        return sessions
    }

    /// Ends one session of `user`.
    ///
    /// - Returns: whether there was such a live session.
    package func end(_ id: SessionID, of user: UserID, because reason: SessionEnd, by caller: Caller) async throws
        -> Bool
    {
        try await tenant.database.transaction { transaction in
            guard try await transaction.execute(EndSession(id: id, user: user, reason: reason, at: now())) == 1 else {
                return false
            }
            let type: AuditEventType = reason == .signOut ? .signOut : .sessionRevoked
            let event = AuditEvent(type, actor: caller.actor, subject: id.description, origin: caller.origin)
            _ = try await transaction.run([try audit.statement(event)])
            return true
        }
    }

    /// Ends the session that a refresh token belongs to, spent or not; text that is no such token is nothing to end.
    package func signOut(refreshToken text: SecretText, origin: RequestOrigin) async throws {
        guard let token = OpaqueToken(.refresh, text: text),
            let owner = try await tenant.database.first(FindRefreshTokenOwner(hash: token.hash))
        else { return }
        let caller = Caller(actor: .person(owner.user, session: owner.session), permissions: [], origin: origin)
        _ = try await end(owner.session, of: owner.user, because: .signOut, by: caller)
    }

    /// The statements that end all sessions of `user`, or all but one, and whatever is on its way to become one, for the
    /// transaction of another change. The last tells how many sessions it were.
    func endAll(of user: UserID, except kept: SessionID? = nil, because reason: SessionEnd) -> [BoundStatement] {
        [
            BoundStatement(RaiseSessionEpoch(user: user)),
            BoundStatement(EndSessionsOfUser(user: user, kept: kept, reason: reason, at: now())),
        ]
    }

    /// Notes that a person's grace begins, where it does with this admission.
    func graceBeginning(with admission: Admission) -> [BoundStatement] {
        admission.beginsGrace ? [BoundStatement(BeginGrace(user: admission.user, at: now()))] : []
    }

    func issued(
        access: String, refresh: OpaqueToken, session: SessionID, expiresAt: Date, graceUntil: Date?,
        device: NewDevice? = nil
    ) -> IssuedTokens {
        IssuedTokens(
            accessToken: SecretText(access),
            accessLifetimeSeconds: Int(tenant.policy.accessTokenLifetime.components.seconds),
            refreshToken: refresh.text,
            refreshLifetimeSeconds: max(0, Int(expiresAt.timeIntervalSince(now()))),
            session: session,
            graceUntil: graceUntil,
            device: device)
    }
}
