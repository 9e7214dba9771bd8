public import PluginKit

/// Checks a password authenticator against the rules of ``PluginKit/PasswordAuthenticator``.
///
/// The rules about cost are checked by counting hashes, not by measuring time.
public struct PasswordAuthenticatorConformance: Sendable {
    /// An authenticator under test, its people, and a count of its hashes.
    public struct Subject: Sendable {
        public var authenticator: any PasswordAuthenticator
        /// Makes the person's password be this one; throws where the provider refuses it.
        public var setPassword: @Sendable (_ user: UserID, _ password: String) async throws -> Void
        /// Somebody of this tenant who never gets a password.
        public var userWithoutPassword: UserID
        /// Somebody of this tenant whose password the suite sets.
        public var user: UserID
        /// How many hashes were computed so far.
        public var hashCount: @Sendable () -> Int

        public init(
            authenticator: any PasswordAuthenticator,
            user: UserID,
            userWithoutPassword: UserID,
            hashCount: @escaping @Sendable () -> Int,
            setPassword: @escaping @Sendable (UserID, String) async throws -> Void
        ) {
            self.authenticator = authenticator
            self.user = user
            self.userWithoutPassword = userWithoutPassword
            self.hashCount = hashCount
            self.setPassword = setPassword
        }
    }

    private let subject: Subject

    public init(_ subject: Subject) {
        self.subject = subject
    }

    public func violations() async -> [ConformanceViolation] {
        var findings = Findings()
        await findings.rule("every cause of refusal costs one hash", checkCost)
        await findings.rule("the right password is accepted", checkAcceptance)
        await findings.rule("text that cannot be hashed whole is malformed", checkMalformed)
        await findings.rule("equal texts are one password", checkEqualTexts)
        await findings.rule("a long password counts to its last byte", checkLongPassword)
        await findings.rule("answers do not depend on who else is asking", checkConcurrency)
        return findings.violations
    }

    private static var rightPassword: String { "a lantern over the quiet harbour" }

    private func checkCost(_ findings: inout Findings) async throws {
        try await subject.setPassword(subject.user, Self.rightPassword)
        let attempts: [(user: UserID?, password: String, expected: Rejection)] = [
            (nil, Self.rightPassword, .unknownAccount),
            (subject.userWithoutPassword, Self.rightPassword, .noCredential),
            (subject.user, "a lantern over the quiet harbor", .wrongCredential),
            (subject.user, "", .wrongCredential),
            (nil, Self.tooLong, .malformed),
            (subject.user, Self.tooLong, .malformed),
        ]
        for attempt in attempts {
            let before = subject.hashCount()
            let verdict = try await authenticate(attempt.user, attempt.password)
            let cost = subject.hashCount() - before
            findings.expect(cost == 1, "every cause of refusal costs one hash", "\(attempt.expected) cost \(cost)")
            findings.expect(
                verdict == .rejected(attempt.expected), "every refusal says why", "\(attempt.expected) was \(verdict)")
        }
    }

    private func checkAcceptance(_ findings: inout Findings) async throws {
        try await subject.setPassword(subject.user, Self.rightPassword)
        let before = subject.hashCount()
        let verdict = try await authenticate(subject.user, Self.rightPassword)
        let accepted: Bool = if case .accepted(let proof) = verdict { proof.user == subject.user } else { false }
        findings.expect(accepted, "the right password is accepted", "it was \(verdict)")
        findings.expect(
            subject.hashCount() == before + 1, "the right password costs one hash", "it cost another number")
    }

    private static var tooLong: String { String(repeating: "x", count: 1025) }

    private func checkMalformed(_ findings: inout Findings) async throws {
        try await subject.setPassword(subject.user, Self.rightPassword)
        let texts = [
            Self.tooLong, String(repeating: "x", count: 1 << 20), "\u{0}", Self.rightPassword + "\u{0}",
            Self.rightPassword + "\u{0}tail",
        ]
        for (index, text) in texts.enumerated() {
            let verdict = try await authenticate(subject.user, text)
            findings.expect(
                verdict == .rejected(.malformed), "text that cannot be hashed whole is malformed",
                "text number \(index) of the suite was \(verdict)")
        }
    }

    /// One password typed on different machines: composed, decomposed, and with compatibility characters.
    private func checkEqualTexts(_ findings: inout Findings) async throws {
        let spellings = ["caf\u{e9} \u{f1}and\u{fa} ﬁne Ａ", "cafe\u{301} n\u{303}andu\u{301} fine A"]
        for (set, typed) in [(spellings[0], spellings[1]), (spellings[1], spellings[0])] {
            try await subject.setPassword(subject.user, set)
            let verdict = try await authenticate(subject.user, typed)
            findings.expect(verdict.isAccepted, "equal texts are one password", "the other spelling was \(verdict)")
        }
    }

    /// Where the provider takes a password beyond 72 bytes, where some hashes stop reading, it must read all of it.
    private func checkLongPassword(_ findings: inout Findings) async throws {
        let rule = "a long password counts to its last byte"
        let stem = String(repeating: "0123456789abcdef~", count: 5)
        for (right, wrong) in [
            (stem + "A", stem + "B"), (stem + "A", stem), (String(stem.prefix(72)), String(stem.prefix(73))),
        ] {
            guard (try? await subject.setPassword(subject.user, right)) != nil else { continue }
            findings.expect(
                try await authenticate(subject.user, right).isAccepted, rule, "the password itself is refused")
            findings.expect(
                try await !authenticate(subject.user, wrong).isAccepted, rule, "another password passes for it")
        }
    }

    private func checkConcurrency(_ findings: inout Findings) async throws {
        try await subject.setPassword(subject.user, Self.rightPassword)
        let wrongAnswers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<8 {
                let isRight = index.isMultiple(of: 2)
                group.addTask {
                    let password = isRight ? Self.rightPassword : "\(index) \(Self.rightPassword)"
                    return try await authenticate(subject.user, password).isAccepted == isRight
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 0 : 1) }
        }
        findings.expect(
            wrongAnswers == 0, "answers do not depend on who else is asking", "\(wrongAnswers) of 8 were wrong")
    }

    private func authenticate(_ user: UserID?, _ password: String) async throws -> Verdict<PasswordProof> {
        try await subject.authenticator.authenticate(user: user, password: SecretText(password))
    }
}

extension Verdict {
    fileprivate var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }
}
