package import Foundation
package import PluginKit

/// What was proved about a person who wants a token, by whatever way he came.
package struct SignInEvidence: Sendable {
    package let person: PersonAuthority
    /// What he proved, in order.
    package let methods: [AuthenticationMethod]
    /// When he proved it.
    package let authenticatedAt: Date
    /// Whether his password must be changed before anything else.
    package let mustChangePassword: Bool

    package init(
        person: PersonAuthority, methods: [AuthenticationMethod], authenticatedAt: Date,
        mustChangePassword: Bool = false
    ) {
        self.person = person
        self.methods = methods
        self.authenticatedAt = authenticatedAt
        self.mustChangePassword = mustChangePassword
    }
}

/// A way of proving who one is, named as in RFC 8176.
package enum AuthenticationMethod: String, Sendable, CaseIterable {
    case password = "pwd"
}

/// How strong the proof was, as tokens state it in `acr`.
package enum Assurance: String, Sendable {
    /// One factor.
    case single = "aal1"
}

/// The leave to mint a token. Only ``SignInDecision/decide(_:)`` makes one, and nothing is minted without one, so no way
/// in can go round the decision.
package struct Admission: Sendable {
    package let user: UserID
    package let roles: [String]
    package let methods: [AuthenticationMethod]
    package let assurance: Assurance
    package let authenticatedAt: Date

    fileprivate init(_ evidence: SignInEvidence, assurance: Assurance) {
        user = evidence.person.user
        roles = evidence.person.roles
        methods = evidence.methods
        self.assurance = assurance
        authenticatedAt = evidence.authenticatedAt
    }
}

/// The one decision that stands before every token.
package enum SignInDecision: Sendable {
    case admit(Admission)
    /// A new password comes first.
    case changePassword
    case refuse(Refused)

    /// Why nobody gets in, for the log and the audit trail.
    package enum Refused: String, Sendable {
        case notActive = "not_active"
        case nothingProved = "nothing_proved"
    }

    /// Decides from what was proved and who it is; looks at nothing else and changes nothing.
    package static func decide(_ evidence: SignInEvidence) -> SignInDecision {
        guard evidence.person.state == .active else { return .refuse(.notActive) }
        guard !evidence.methods.isEmpty else { return .refuse(.nothingProved) }
        if evidence.mustChangePassword { return .changePassword }
        return .admit(Admission(evidence, assurance: .single))
    }
}

/// A person with what he may do, as the database has it at this moment.
package struct PersonAuthority: Sendable {
    package let user: UserID
    package let state: User.State
    package let roles: [String]
    package let permissions: Set<Permission>
}
