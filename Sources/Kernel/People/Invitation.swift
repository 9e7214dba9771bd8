package import Foundation
package import PluginKit

/// A one-time offer to become a person of a tenant, with roles that are fixed when it is made.
package struct Invitation: Sendable {
    package let id: InvitationID
    package let login: String
    package let displayName: String?
    package let roles: [String]
    /// The person it was made for, where he exists already; `nil` where taking it up makes him.
    package let user: UserID?
    package let invitedBy: UserID?
    /// The API key it was made with, whether that belongs to a person or to the tenant; `nil` for none.
    package let invitedByKey: KeyID?
    package let createdAt: Date
    package let expiresAt: Date
}

/// An invitation with its token, which exists only in this answer.
package struct NewInvitation: Sendable {
    package let invitation: Invitation
    package let token: SecretText
    /// Where the invited person takes it up. The token stands behind `#`, so it reaches no server by itself.
    package let url: String
}
