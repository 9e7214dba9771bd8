import Testing

/// Every way to a token goes through the one decision; these tests know all of them, so that a new one is looked at.
@Suite("Ways to a token")
struct MintTreeTests {
    private let product = SourceTree.current.swiftFiles(under: ["Sources", "Plugins"])

    @Test("the decision is asked for whoever comes in, at each refresh, and of what a live session knows, nowhere else")
    func decisions() {
        #expect(
            callers(of: "SignInDecision.decide(") == [
                "Sources/Kernel/Sessions/Sessions+Refresh.swift", "Sources/Kernel/SignIn/Admittance.swift",
                "Sources/Kernel/SignIn/SignInDecision.swift",
            ])
    }

    @Test("tokens are minted where a session begins and where it is refreshed, and nowhere else")
    func mints() {
        #expect(
            callers(of: ".mint(") == [
                "Sources/Kernel/Sessions/Sessions+Refresh.swift", "Sources/Kernel/Sessions/Sessions.swift",
            ])
        #expect(callers(of: "sessions.start(") == ["Sources/Kernel/SignIn/Admittance.swift"])
    }

    @Test("what comes of a proof is stored where the person is held to his epoch, and nowhere else")
    func holds() {
        #expect(callers(of: "StartSession(") == ["Sources/Kernel/Sessions/Sessions.swift"])
        #expect(callers(of: "devices.make(") == ["Sources/Kernel/SignIn/Admittance.swift"])
        for phrase in ["BeginSignInTransaction(", "SpendSignInTransaction("] {
            #expect(callers(of: phrase) == ["Sources/Kernel/SignIn/SignInTransactions.swift"])
        }
        #expect(
            callers(of: "HoldSessionEpoch(") == [
                "Sources/Kernel/Sessions/Session.swift", "Sources/Kernel/Sessions/Sessions.swift",
                "Sources/Kernel/SignIn/SignInTransactions.swift",
            ])
    }

    @Test("all sessions of a person are ended at one place, which begins his next epoch")
    func ends() {
        for phrase in ["EndSessionsOfUser(", "RaiseSessionEpoch("] {
            #expect(callers(of: phrase) == ["Sources/Kernel/Sessions/Sessions.swift"])
        }
    }

    @Test("an admission is made by the decision alone")
    func admissions() {
        #expect(callers(of: "Admission(evidence") == ["Sources/Kernel/SignIn/SignInDecision.swift"])
        let declaration = product.first { $0.path == "Sources/Kernel/SignIn/SignInDecision.swift" }
        #expect(declaration?.text.contains("fileprivate init(_ evidence: SignInEvidence") == true)
    }

    @Test(
        "everybody who comes in is led through it: by password, second factor, new password, factor, step-up, invitation"
    )
    func waysIn() {
        #expect(
            callers(of: "admittance.advance(") == [
                "Sources/Kernel/People/Invitations.swift", "Sources/Kernel/SignIn/SignIn+Enrollment.swift",
                "Sources/Kernel/SignIn/SignIn+SecondFactor.swift", "Sources/Kernel/SignIn/SignIn+StepUp.swift",
                "Sources/Kernel/SignIn/SignIn.swift",
            ])
    }

    /// The files whose code has this phrase, comments and literals aside.
    private func callers(of phrase: String) -> [String] {
        product.filter { file in SwiftText(file.text).code.contains { $0.contains(phrase) } }.map(\.path).sorted()
    }
}
