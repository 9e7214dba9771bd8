import Foundation
import Kernel
import PluginKit

/// A person as he sees himself.
struct ProfileView: Encodable {
    let id: UserID
    let login: String
    let displayName: String?
    let roles: [String]
    let createdAt: Date

    init(_ user: User) {
        id = user.id
        login = user.login
        displayName = user.displayName
        roles = user.roles
        createdAt = user.createdAt
    }
}

/// A person as those who administer the tenant see him.
struct UserView: Encodable {
    let id: UserID
    let login: String
    let displayName: String?
    let state: String
    let roles: [String]
    let createdAt: Date
    let updatedAt: Date

    init(_ user: User) {
        id = user.id
        login = user.login
        displayName = user.displayName
        state = user.state.rawValue
        roles = user.roles
        createdAt = user.createdAt
        updatedAt = user.updatedAt
    }
}

/// A signed-in client of a person.
struct SessionView: Encodable {
    let id: SessionID
    let current: Bool
    let address: String
    let userAgent: String?
    let createdAt: Date
    let lastUsedAt: Date
    let expiresAt: Date

    init(_ session: Session, isCurrent: Bool) {
        id = session.id
        current = isCurrent
        address = session.address
        userAgent = session.userAgent
        createdAt = session.createdAt
        lastUsedAt = session.lastUsedAt
        expiresAt = session.expiresAt
    }
}

/// A role with what it allows.
struct RoleView: Encodable {
    let name: String
    let permissions: [String]
    let builtIn: Bool

    init(_ role: Role) {
        name = role.name
        permissions = role.permissions.sorted().map(\.rawValue)
        builtIn = role.isBuiltIn
    }
}

/// An open invitation.
struct InvitationView: Encodable {
    let id: InvitationID
    let login: String
    let displayName: String?
    let roles: [String]
    let invitedBy: UserID?
    let createdAt: Date
    let expiresAt: Date

    init(_ invitation: Invitation) {
        id = invitation.id
        login = invitation.login
        displayName = invitation.displayName
        roles = invitation.roles
        invitedBy = invitation.invitedBy
        createdAt = invitation.createdAt
        expiresAt = invitation.expiresAt
    }
}

/// An invitation that was just made, with its token, shown this once.
struct NewInvitationView: Encodable {
    let id: InvitationID
    let login: String
    let roles: [String]
    let token: String
    let url: String
    let expiresAt: Date

    init(_ new: NewInvitation) {
        id = new.invitation.id
        login = new.invitation.login
        roles = new.invitation.roles
        token = new.token.withExposed { $0 }
        url = new.url
        expiresAt = new.invitation.expiresAt
    }
}

/// An event of the audit trail.
struct AuditEventView: Encodable {
    let id: EventID
    let type: String
    let outcome: String
    let reason: String?
    let actor: String
    let subject: String?
    let sessionId: SessionID?
    let address: String?
    let userAgent: String?
    let requestId: String?
    let details: [String: String]
    let createdAt: Date

    init(_ event: RecordedEvent) {
        id = event.id
        type = event.type
        outcome = event.outcome
        reason = event.reason
        actor = event.actor
        subject = event.subject
        sessionId = event.sessionID
        address = event.address
        userAgent = event.userAgent
        requestId = event.requestID
        details = event.details
        createdAt = event.createdAt
    }
}

/// A tenant as operators see it: nothing personal.
struct TenantView: Encodable {
    let id: TenantID
    let slug: String
    let name: String
    let state: String
    let managedBy: String
    let hasOwner: Bool
    let createdAt: Date

    init(_ record: TenantRecord) {
        id = record.id
        slug = record.slug
        name = record.name
        state = record.state.rawValue
        managedBy = record.managedBy
        hasOwner = record.ownedAt != nil
        createdAt = record.createdAt
    }
}
