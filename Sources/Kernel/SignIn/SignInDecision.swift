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
    /// Whether more than a password was proved on the way: an invitation, a ticket, a second factor.
    package let isTrusted: Bool
    /// Whether he comes for the first time, by an invitation: a factor that his role asks for follows at once.
    package let isNewcomer: Bool
    /// The person's epoch, as it was before the first proof was looked at.
    package let epoch: SessionEpoch

    package init(
        person: PersonAuthority, methods: [AuthenticationMethod], authenticatedAt: Date, epoch: SessionEpoch,
        mustChangePassword: Bool = false, isTrusted: Bool = false, isNewcomer: Bool = false
    ) {
        self.person = person
        self.methods = methods
        self.authenticatedAt = authenticatedAt
        self.epoch = epoch
        self.mustChangePassword = mustChangePassword
        self.isTrusted = isTrusted
        self.isNewcomer = isNewcomer
    }
}

/// How strong the proof was, as tokens state it in `acr`.
package enum Assurance: String, Sendable {
    /// One factor, or a second one that was remembered.
    case single = "aal1"
    /// Two factors of different kinds, both proved now.
    case multiple = "aal2"

    init(_ methods: [AuthenticationMethod]) {
        let proved = Set(methods.filter { $0 != .rememberedDevice }.map(\.factor))
        self = proved.count > 1 ? .multiple : .single
    }
}

/// The leave to mint a token. Only ``SignInDecision/decide(_:under:at:)`` makes one, and nothing is minted without one,
/// so no way in can go round the decision.
package struct Admission: Sendable {
    package let user: UserID
    package let roles: [String]
    package let methods: [AuthenticationMethod]
    package let assurance: Assurance
    package let authenticatedAt: Date
    package let isTrusted: Bool
    /// When the person has to have a second factor; `nil` where he has one or needs none.
    package let graceUntil: Date?
    /// Whether his grace begins with this token.
    let beginsGrace: Bool
    /// The person's epoch that the admission is good for.
    package let epoch: SessionEpoch

    fileprivate init(_ evidence: SignInEvidence, graceUntil: Date? = nil) {
        user = evidence.person.user
        roles = evidence.person.roles
        methods = evidence.methods
        assurance = Assurance(evidence.methods)
        authenticatedAt = evidence.authenticatedAt
        epoch = evidence.epoch
        isTrusted = evidence.isTrusted || assurance == .multiple
        self.graceUntil = graceUntil
        beginsGrace = graceUntil != nil && evidence.person.secondFactorSince == nil
    }
}

/// The one decision that stands before every token.
package enum SignInDecision: Sendable {
    case admit(Admission)
    /// A second factor comes first; the person has one.
    case proveSecondFactor
    /// A second factor has to be set up first.
    case enroll
    /// A new password comes first.
    case changePassword
    case refuse(Refused)

    /// Why nobody gets in, for the log and the audit trail.
    package enum Refused: String, Sendable {
        case notActive = "not_active"
        case nothingProved = "nothing_proved"
        /// His sessions were ended while he proved himself. Only the database can tell, when it is to store the outcome.
        case sessionsEnded = "sessions_ended"
    }

    /// Decides from what was proved, who it is and the tenant's rule; looks at nothing else and changes nothing.
    package static func decide(
        _ evidence: SignInEvidence, under rule: SecondFactorRule, at now: Date
    ) -> SignInDecision {
        let person = evidence.person
        guard person.state == .active else { return .refuse(.notActive) }
        guard !evidence.methods.isEmpty else { return .refuse(.nothingProved) }
        let hasProvedTwo = Set(evidence.methods.map(\.factor)).count > 1
        if !person.factors.isEmpty, !hasProvedTwo { return .proveSecondFactor }
        if evidence.mustChangePassword { return .changePassword }
        guard !hasProvedTwo, rule.applies(to: person) else { return .admit(Admission(evidence)) }
        let graceUntil = rule.graceEnd(since: person.secondFactorSince ?? now)
        guard !evidence.isNewcomer, now < graceUntil else { return .enroll }
        return .admit(Admission(evidence, graceUntil: graceUntil))
    }
}

extension LiveSession {
    /// What was proved when the session began, of the person as he is now.
    var evidence: SignInEvidence {
        SignInEvidence(
            person: person, methods: methods, authenticatedAt: authenticatedAt, epoch: person.epoch,
            isTrusted: isTrusted)
    }

    /// Whether somebody who comes with what this session knows would be let in now: with his roles, his factors and the
    /// rule as they are at this moment.
    package func isAdmitted(under rule: SecondFactorRule, at now: Date) -> Bool {
        if case .admit = SignInDecision.decide(evidence, under: rule, at: now) { true } else { false }
    }
}

/// A person with what he may do, as the database has it at this moment.
package struct PersonAuthority: Sendable {
    package let user: UserID
    package let state: User.State
    package let roles: [String]
    package let permissions: Set<Permission>
    /// The kinds of second factor that he has set up. Recovery codes are none.
    package let factors: [FactorKind]
    /// Since when he has been under the tenant's rule; `nil` where that was not noticed yet, or is not so.
    package let secondFactorSince: Date?
    package let epoch: SessionEpoch

    package init(
        user: UserID, state: User.State, roles: [String], permissions: Set<Permission>, factors: [FactorKind] = [],
        secondFactorSince: Date? = nil, epoch: SessionEpoch
    ) {
        self.user = user
        self.state = state
        self.roles = roles
        self.permissions = permissions
        self.factors = factors
        self.secondFactorSince = secondFactorSince
        self.epoch = epoch
    }
}
