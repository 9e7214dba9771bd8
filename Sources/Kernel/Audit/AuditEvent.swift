/// Something that happened in a tenant, as its audit trail keeps it. Holds no secret.
package struct AuditEvent: Sendable {
    package let type: AuditEventType
    package let outcome: Outcome
    /// Why it was refused or ended, in lower snake case.
    package let reason: String?
    package let actor: Actor
    /// What it was done to, as a written identifier or a name.
    package let subject: String?
    package let origin: RequestOrigin
    /// More for the reader, by name; small and free of secrets.
    package let details: [String: String]

    package enum Outcome: String, Sendable {
        case success, refused
    }

    package init(
        _ type: AuditEventType, _ outcome: Outcome = .success, reason: String? = nil, actor: Actor,
        subject: String? = nil, origin: RequestOrigin, details: [String: String] = [:]
    ) {
        self.type = type
        self.outcome = outcome
        self.reason = reason
        self.actor = actor
        self.subject = subject
        self.origin = origin
        self.details = details
    }
}

/// Every type of event there is. The written form is a contract: types are added, never renamed.
package enum AuditEventType: String, Sendable, CaseIterable {
    case signIn = "sign_in"
    case signInContinued = "sign_in.continued"
    case signInLimited = "sign_in.limited"
    case secondFactor = "sign_in.second_factor"
    case steppedUp = "sign_in.stepped_up"
    case signOut = "sign_out"
    case sessionStarted = "session.started"
    case sessionRefreshRefused = "session.refresh_refused"
    case refreshTokenReplayed = "session.refresh_token_replayed"
    case sessionRevoked = "session.revoked"
    case sessionsRevoked = "sessions.revoked"
    case accessRefused = "access.refused"
    case passwordSet = "password.set"
    case profileChanged = "profile.changed"
    case userCreated = "user.created"
    case userChanged = "user.changed"
    case userSuspended = "user.suspended"
    case userResumed = "user.resumed"
    case userDeleted = "user.deleted"
    case userUnlocked = "user.unlocked"
    case factorBegun = "factor.begun"
    case factorAdded = "factor.added"
    case factorRemoved = "factor.removed"
    case factorsReset = "factors.reset"
    case recoveryCodesMade = "recovery_codes.made"
    case enrollmentTicketIssued = "enrollment_ticket.issued"
    case rolesAssigned = "user.roles_assigned"
    case roleWritten = "role.written"
    case invitationCreated = "invitation.created"
    case invitationAccepted = "invitation.accepted"
    case invitationRevoked = "invitation.revoked"
    /// Refused where it was not kept; who asked was told the same.
    case signUpRequested = "sign_up.requested"
    case signUpApproved = "sign_up.approved"
    case signUpDeclined = "sign_up.declined"
    case apiKeyCreated = "api_key.created"
    case apiKeyChanged = "api_key.changed"
    case apiKeyRevoked = "api_key.revoked"
    case apiKeyDeleted = "api_key.deleted"
    case apiKeyRotated = "api_key.rotated"
    case apiKeyRotationFinished = "api_key.rotation_finished"
    case apiKeyRotationCancelled = "api_key.rotation_cancelled"
    /// The overlap of a rotation was over by itself.
    case apiKeyRotationEnded = "api_key.rotation_ended"
    /// Half of the overlap, or nine tenths of it, are over, and the old secret is used still.
    case apiKeyOldSecretInUse = "api_key.old_secret_in_use"
    case apiKeyOverdue = "api_key.overdue"
    case apiKeyExpired = "api_key.expired"
    case apiKeyLeaked = "api_key.leaked"
    case keyRotationStarted = "api_key_rotation.started"
    case keyRotationFinished = "api_key_rotation.finished"
    case keyRotationCancelled = "api_key_rotation.cancelled"
    case tenantCreated = "tenant.created"
    case configChanged = "config.changed"
    case signingKeyRotated = "signing_key.rotated"
    case dataKeyCreated = "data_key.created"
    case dataKeyTurned = "data_key.turned"
    case dataKeyDestroyed = "data_key.destroyed"
    case hashKeyRotated = "hash_key.rotated"
    case hashKeyDestroyed = "hash_key.destroyed"
    case sealedValueRefused = "sealed_value.refused"
}

extension Actor {
    /// The form that the audit trail stores and filters by.
    package var auditText: String {
        switch self {
        case .person(let id, _): "user:\(id)"
        case .key(let id, _): "key:\(id)"
        case .hostOperator: "operator"
        case .platformOperator(let id): "operator:\(id)"
        case .system: "system"
        case .anonymous: "anonymous"
        }
    }
}
