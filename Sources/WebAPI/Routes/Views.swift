import Foundation
import Kernel
import PluginKit

/// A person as he sees himself.
struct ProfileView: Encodable {
    let id: UserID
    let login: String
    let displayName: String?
    let roles: [String]
    let factors: [String]
    let secondFactor: SecondFactorView
    let createdAt: Date

    init(_ user: User, _ standing: SecondFactorStanding) {
        id = user.id
        login = user.login
        displayName = user.displayName
        roles = user.roles
        factors = standing.factors.map(\.rawValue)
        secondFactor = SecondFactorView(standing)
        createdAt = user.createdAt
    }
}

/// How a person stands to the tenant's rule of second factors.
struct SecondFactorView: Encodable {
    let required: Bool
    let enrolled: Bool
    let graceUntil: Date?

    init(_ standing: SecondFactorStanding) {
        required = standing.isRequired
        enrolled = !standing.factors.isEmpty
        graceUntil = standing.graceUntil
    }
}

/// A second factor of a person, as he sees it.
struct FactorView: Encodable {
    let id: FactorID
    let kind: String
    let remaining: Int?
    let createdAt: Date
    let lastUsedAt: Date?

    init(_ factor: Factor) {
        id = factor.id
        kind = factor.kind.rawValue
        remaining = factor.remaining
        createdAt = factor.createdAt
        lastUsedAt = factor.lastUsedAt
    }
}

/// A factor that was just begun, with all that is shown of its secret, this once.
struct NewFactorView: Encodable {
    let factorId: FactorID
    let secret: String
    let otpauthUri: String
    let qrSvg: String

    init(_ new: NewFactor) {
        factorId = new.id
        secret = new.offer.secret.withExposed { $0 }
        otpauthUri = new.offer.uri.withExposed { $0 }
        qrSvg = new.offer.picture.withExposed { $0 }
    }
}

/// Recovery codes, shown this once.
struct RecoveryCodesView: Encodable {
    let recoveryCodes: [String]

    init(_ codes: [SecretText]) {
        recoveryCodes = codes.map { $0.withExposed { $0 } }
    }
}

/// A one-time ticket that was just made, shown this once.
struct TicketView: Encodable {
    let userId: UserID
    let ticket: String
    let expiresAt: Date

    init(_ new: NewTicket) {
        userId = new.user
        ticket = new.token.withExposed { $0 }
        expiresAt = new.expiresAt
    }
}

/// Whom a rule of second factors would ask, and who could not get in.
struct PreviewView: Encodable {
    struct PersonView: Encodable {
        let userId: UserID
        let login: String
        let roles: [String]
        let enrolled: Bool
        let lockedOut: Bool
        let graceUntil: Date?
    }

    let required: Int
    let notEnrolled: Int
    let lockedOut: Int
    /// Why the rule would be refused: `locks_out_caller`, `locks_out_every_owner`.
    let refusals: [String]
    let people: [PersonView]

    init(_ effect: SecondFactorPreview.Effect, caller: UserID?) {
        required = effect.askedCount
        notEnrolled = effect.withoutFactorCount
        lockedOut = effect.lockedOutCount
        refusals =
            (caller.map(effect.lockedOut.contains) == true ? ["locks_out_caller"] : [])
            + (effect.locksOutEveryOwner ? ["locks_out_every_owner"] : [])
        people = effect.people.map {
            PersonView(
                userId: $0.user, login: $0.login, roles: $0.roles, enrolled: $0.hasFactor,
                lockedOut: $0.isLockedOut, graceUntil: $0.graceUntil)
        }
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
    let revision: Int
    let trouble: String?
    let hasOwner: Bool
    let createdAt: Date

    init(_ record: TenantRecord) {
        id = record.id
        slug = record.slug
        name = record.name
        state = record.state.rawValue
        managedBy = record.managedBy.rawValue
        revision = record.revision
        trouble = record.trouble
        hasOwner = record.ownedAt != nil
        createdAt = record.createdAt
    }
}
