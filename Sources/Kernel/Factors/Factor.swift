package import Foundation
package import PluginKit

/// A second factor of a person, or a set of codes that stands in for one.
///
/// This folder owns which factors people have and how they come to have them; what a code is checked against is the
/// providers', and when a factor is needed is decided in `SignIn`.
package struct Factor: Sendable {
    package let id: FactorID
    package let kind: FactorKind
    package let isBackup: Bool
    package let createdAt: Date
    package let lastUsedAt: Date?
    /// How many codes of a set are unused; `nil` for what is no set.
    package let remaining: Int?

    init(_ stored: StoredFactor, remaining: Int?) {
        id = stored.id
        kind = stored.kind
        isBackup = stored.isBackup
        createdAt = stored.createdAt
        lastUsedAt = stored.lastUsedAt
        self.remaining = remaining
    }
}

/// A factor that has just been begun; what is shown of its secret exists only here.
package struct NewFactor: Sendable {
    package let id: FactorID
    package let kind: FactorKind
    package let offer: FactorOffer
}

/// A factor as the database keeps it.
struct StoredFactor: Sendable {
    let id: FactorID
    let kind: FactorKind
    let isBackup: Bool
    let createdAt: Date
    let confirmedAt: Date?
    let lastUsedAt: Date?

    var isConfirmed: Bool { confirmedAt != nil }
}

extension [StoredFactor] {
    /// The kinds, once each: first those that are factors themselves.
    var kinds: [FactorKind] {
        var seen: Set<FactorKind> = []
        return (filter { !$0.isBackup } + filter(\.isBackup)).map(\.kind).filter { seen.insert($0).inserted }
    }
}

/// What a person is told of the rule and of himself.
package struct SecondFactorStanding: Sendable {
    /// Whether his roles ask for a second factor.
    package let isRequired: Bool
    package let factors: [FactorKind]
    /// When he has to have one; `nil` where he has one or needs none.
    package let graceUntil: Date?

    package init(_ person: PersonAuthority, under rule: SecondFactorRule, at now: Date) {
        isRequired = rule.applies(to: person)
        factors = person.factors
        graceUntil = isRequired && factors.isEmpty ? rule.graceEnd(since: person.secondFactorSince ?? now) : nil
    }
}
