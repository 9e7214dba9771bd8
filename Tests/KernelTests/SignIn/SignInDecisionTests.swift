import DatabaseTesting
import Foundation
import PluginKit
import Testing

@testable import Kernel

@Suite("The decision before every token")
struct SignInDecisionTests {
    @Test("whoever is active and has proved something is admitted as who he is")
    func admitted() throws {
        let evidence = evidence(.active, [.password])
        guard case .admit(let admission) = SignInDecision.decide(evidence, under: .nobody, at: TestTenant.start) else {
            Issue.record("an active person was not admitted")
            return
        }
        #expect((admission.user, admission.roles) == (evidence.person.user, ["member"]))
        #expect((admission.methods, admission.assurance) == ([.password], .single))
        #expect(admission.authenticatedAt == evidence.authenticatedAt)
    }

    @Test("nobody is admitted who is not active, whatever he has proved", arguments: [User.State.suspended, .deleted])
    func notActive(_ state: User.State) {
        for mustChange in [true, false] {
            #expect(refusal(of: evidence(state, [.password], mustChangePassword: mustChange)) == .notActive)
        }
    }

    @Test("nobody is admitted who has proved nothing")
    func nothingProved() {
        #expect(refusal(of: evidence(.active, [])) == .nothingProved)
        #expect(refusal(of: evidence(.active, [], mustChangePassword: true)) == .nothingProved)
    }

    @Test("a password that must be changed comes first")
    func mustChange() {
        let decision = SignInDecision.decide(
            evidence(.active, [.password], mustChangePassword: true), under: .nobody, at: TestTenant.start)
        guard case .changePassword = decision else {
            Issue.record("the password did not have to be changed")
            return
        }
    }

    private func refusal(of evidence: SignInEvidence) -> SignInDecision.Refused? {
        if case .refuse(let reason) = SignInDecision.decide(evidence, under: .nobody, at: TestTenant.start) {
            reason
        } else {
            nil
        }
    }

    private func evidence(
        _ state: User.State, _ methods: [AuthenticationMethod], mustChangePassword: Bool = false
    ) -> SignInEvidence {
        let person = PersonAuthority(
            user: .make(at: TestTenant.start), state: state, roles: ["member"], permissions: [], epoch: SessionEpoch(0))
        return SignInEvidence(
            person: person, methods: methods, authenticatedAt: TestTenant.start, epoch: person.epoch,
            mustChangePassword: mustChangePassword)
    }
}

@Suite("The decision about a second factor")
struct SecondFactorDecisionTests {
    private let rule = SecondFactorRule(requiredFor: ["admin"])
    private let now = TestTenant.start

    @Test("whoever has a factor proves it first, whatever his role, the grace or his password")
    func hasFactor() {
        for role in ["member", "admin"] {
            for mustChange in [true, false] {
                let decision = decide(role, factors: ["totp"], since: now, mustChange: mustChange)
                guard case .proveSecondFactor = decision else {
                    Issue.record("\(role) got by without his factor: \(decision)")
                    return
                }
            }
        }
    }

    @Test("two proofs of one kind are one factor")
    func sameKind() {
        guard case .proveSecondFactor = decide("member", [.password, .password], factors: ["totp"]) else {
            Issue.record("two passwords passed for two factors")
            return
        }
        #expect(Set(AuthenticationMethod.allCases.map(\.factor)).count == 2)
    }

    @Test("any proof of another kind completes it; a remembered one is told as weaker")
    func otherKind() throws {
        for method in [AuthenticationMethod.oneTimeCode, .recoveryCode, .rememberedDevice] {
            guard case .admit(let admission) = decide("admin", [.password, method], factors: ["totp"]) else {
                Issue.record("\(method) was not taken")
                return
            }
            #expect(admission.assurance == (method == .rememberedDevice ? .single : .multiple))
        }
    }

    @Test("without a factor the grace admits, and not a moment longer; a newcomer has none")
    func grace() {
        let end = rule.graceEnd(since: now)
        #expect(graceEnd(decide("admin", since: now, at: end.addingTimeInterval(-1))) == end)
        #expect(graceEnd(decide("admin", since: nil)) == end)
        for decision in [decide("admin", since: now, at: end), decide("admin", since: now, isNewcomer: true)] {
            guard case .enroll = decision else {
                Issue.record("admitted without a factor: \(decision)")
                return
            }
        }
    }

    @Test("whom the rule does not ask is admitted with one proof")
    func notAsked() {
        guard case .admit(let admission) = decide("member", isNewcomer: true) else {
            Issue.record("a member was asked")
            return
        }
        #expect((admission.graceUntil, admission.assurance) == (nil, .single))
    }

    private func graceEnd(_ decision: SignInDecision) -> Date? {
        if case .admit(let admission) = decision { admission.graceUntil } else { nil }
    }

    private func decide(
        _ role: String, _ methods: [AuthenticationMethod] = [.password], factors: [FactorKind] = [],
        since: Date? = nil, mustChange: Bool = false, isNewcomer: Bool = false, at time: Date? = nil
    ) -> SignInDecision {
        let permissions = BuiltInRole(rawValue: role)?.permissions ?? []
        let person = PersonAuthority(
            user: .make(at: now), state: .active, roles: [role], permissions: permissions, factors: factors,
            secondFactorSince: since, epoch: SessionEpoch(0))
        let evidence = SignInEvidence(
            person: person, methods: methods, authenticatedAt: now, epoch: person.epoch, mustChangePassword: mustChange,
            isNewcomer: isNewcomer)
        return SignInDecision.decide(evidence, under: rule, at: time ?? now)
    }
}
