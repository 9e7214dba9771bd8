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
        guard case .admit(let admission) = SignInDecision.decide(evidence) else {
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
        let decision = SignInDecision.decide(evidence(.active, [.password], mustChangePassword: true))
        guard case .changePassword = decision else {
            Issue.record("the password did not have to be changed")
            return
        }
    }

    private func refusal(of evidence: SignInEvidence) -> SignInDecision.Refused? {
        if case .refuse(let reason) = SignInDecision.decide(evidence) { reason } else { nil }
    }

    private func evidence(
        _ state: User.State, _ methods: [AuthenticationMethod], mustChangePassword: Bool = false
    ) -> SignInEvidence {
        let person = PersonAuthority(
            user: .make(at: TestTenant.start), state: state, roles: ["member"], permissions: [])
        return SignInEvidence(
            person: person, methods: methods, authenticatedAt: TestTenant.start, mustChangePassword: mustChangePassword)
    }
}
