package import Foundation
package import PluginKit

/// A person's signed-in client: it began with a proof, lives at most as long as its refresh tokens, and can be ended.
package struct Session: Sendable {
    package let id: SessionID
    package let user: UserID
    package let methods: [AuthenticationMethod]
    package let authenticatedAt: Date
    package let createdAt: Date
    package let lastUsedAt: Date
    package let expiresAt: Date
    /// The client's address when the session began.
    package let address: String
    package let userAgent: String?

    init(_ stored: StoredSession, origin: SealedOrigin) {
        id = stored.id
        user = stored.user
        methods = stored.methods
        authenticatedAt = stored.authenticatedAt
        createdAt = stored.createdAt
        lastUsedAt = stored.lastUsedAt
        expiresAt = stored.expiresAt
        address = origin.address
        userAgent = origin.userAgent
    }
}

/// A live session together with the person it belongs to.
package struct LiveSession: Sendable {
    package let id: SessionID
    package let person: PersonAuthority
    package let methods: [AuthenticationMethod]
    package let authenticatedAt: Date
    package let createdAt: Date
    package let expiresAt: Date
    /// Whether it began with more than a password.
    package let isTrusted: Bool

    /// The statement that lets nothing be done by it where all sessions of its person were ended since it was looked up.
    var hold: BoundStatement { BoundStatement(HoldSessionEpoch(user: person.user, epoch: person.epoch)) }
}

/// Why a session was ended.
package enum SessionEnd: String, Sendable {
    case signOut = "sign_out"
    case revokedByPerson = "revoked_by_person"
    case revokedByAdmin = "revoked_by_admin"
    case passwordChanged = "password_changed"
    case suspended
    case deleted
    case refreshTokenReplayed = "refresh_token_replayed"
    case noLongerAdmitted = "no_longer_admitted"
    case factorAdded = "factor_added"
    case factorRemoved = "factor_removed"
    /// The person proved himself again and went on in a new session.
    case renewed
}

/// The tokens that a completed sign-in or refresh hands to the client.
package struct IssuedTokens: Sendable {
    package let accessToken: SecretText
    package let accessLifetimeSeconds: Int
    package let refreshToken: SecretText
    package let refreshLifetimeSeconds: Int
    package let session: SessionID
    /// When the person has to have a second factor; `nil` where he has one or needs none.
    package let graceUntil: Date?
    /// By which the device is known again, where the client asked for that; it exists only here.
    package let device: NewDevice?
}
