package import Foundation

/// How lately and how strongly somebody must have proved himself for what he is about to do.
package enum ProofOfPresence: Sendable {
    /// Within the last ten minutes, with his second factor if he has one.
    case own
    /// The same, and with a second factor too where his role asks for one: for power over others' factors.
    case overOthers

    package static let recency: TimeInterval = 600

    /// What is missing; `nil` where nothing is.
    package func missing(in session: LiveSession, under rule: SecondFactorRule, at now: Date) -> Missing? {
        let person = session.person
        let isAsked = !person.factors.isEmpty || (self == .overOthers && rule.applies(to: person))
        if isAsked, Assurance(session.methods) != .multiple { return .secondFactor }
        return now.timeIntervalSince(session.authenticatedAt) > Self.recency ? .recentProof : nil
    }

    package enum Missing: Sendable {
        case secondFactor
        case recentProof
    }
}
