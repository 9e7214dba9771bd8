import PluginKit

/// Runs changes of what belongs to a tenant: each in one transaction, each refusal recorded.
struct Change: Sendable {
    let tenant: Tenant
    let audit: AuditTrail

    /// Runs `body` in one transaction. A ``Refusal`` that it throws rolls back, is recorded, and becomes the outcome.
    func run<Value: Sendable>(
        _ type: AuditEventType, of subject: String?, by caller: Caller,
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Outcome<Value> {
        do {
            defer { if Self.authority.contains(type) { tenant.keyCache.forgetAll(of: tenant.id) } }
            return .done(try await transact(body))
        } catch let refusal as Refusal {
            return try await refused(refusal, type, of: subject, by: caller)
        } catch DatabaseError.uniqueViolation("login_entries_login") {
            return try await refused(.loginTaken, type, of: subject, by: caller)
        } catch DatabaseError.checkViolation(SessionEpoch.constraint) {
            return try await refused(.changedMeanwhile, type, of: subject, by: caller)
        }
    }

    /// What changes what somebody's keys may do: this node forgets at once which of them it found good, the others when
    /// they hear of it.
    private static let authority: Set<AuditEventType> = [
        .userSuspended, .userResumed, .userDeleted, .rolesAssigned, .roleWritten,
    ]

    /// Changes that touch the same rows in another order may stand in each other's way; the one that gave way runs again.
    private func transact<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        do {
            return try await tenant.database.transaction(body)
        } catch DatabaseError.serialization {
            return try await tenant.database.transaction(body)
        }
    }

    /// Records a refusal and gives it as an outcome.
    func refused<Value: Sendable>(
        _ refusal: Refusal, _ type: AuditEventType, of subject: String?, by caller: Caller
    ) async throws -> Outcome<Value> {
        try await audit.record(
            AuditEvent(
                type, .refused, reason: refusal.code, actor: caller.actor, subject: subject, origin: caller.origin))
        return .refused(refusal)
    }

    /// The statement that records that `caller` did this.
    func event(
        _ type: AuditEventType, of subject: String?, by caller: Caller, details: [String: String] = [:]
    ) throws -> BoundStatement {
        try audit.statement(
            AuditEvent(type, actor: caller.actor, subject: subject, origin: caller.origin, details: details))
    }
}
