public import PluginKit

/// Checks a second factor against the rules of ``PluginKit/SecondFactor``.
public struct SecondFactorConformance: Sendable {
    /// A provider under test, its people, and what the person with the right device would do.
    public struct Subject: Sendable {
        public var provider: any SecondFactor
        /// Two people of this tenant whose factors the suite adds.
        public var user: UserID
        public var otherUser: UserID
        /// Adds a factor of the provider's kind to the person's.
        public var enroll: @Sendable (UserID) async throws -> FactorID
        /// A code in plain ASCII that the factor accepts now and that was not used before. Where codes come with
        /// time, this may let time pass.
        public var nextCode: @Sendable (FactorID) async throws -> String

        public init(
            provider: any SecondFactor,
            user: UserID,
            otherUser: UserID,
            enroll: @escaping @Sendable (UserID) async throws -> FactorID,
            nextCode: @escaping @Sendable (FactorID) async throws -> String
        ) {
            self.provider = provider
            self.user = user
            self.otherUser = otherUser
            self.enroll = enroll
            self.nextCode = nextCode
        }
    }

    private let subject: Subject

    public init(_ subject: Subject) {
        self.subject = subject
    }

    public func violations() async -> [ConformanceViolation] {
        var findings = Findings()
        await findings.rule("a code is accepted once", checkSingleUse)
        await findings.rule("of many uses at the same moment one succeeds", checkParallelUse)
        await findings.rule("text that is no code is refused", checkOtherTexts)
        await findings.rule("a wrong code is refused", checkWrongCodes)
        await findings.rule("the code of another person is refused", checkOtherPeople)
        await findings.rule("the factor that accepted is named", checkSeveralFactors)
        return findings.violations
    }

    private func checkSingleUse(_ findings: inout Findings) async throws {
        let rule = "a code is accepted once"
        let factor = try await subject.enroll(subject.user)
        let code = try await subject.nextCode(factor)
        let first = try await verify(code, among: [factor])
        findings.expect(first == .accepted(factor), rule, "the right code was \(first)")
        for text in [code, code.uppercased(), " \(code)", "\(code) ", "\(code)\u{0}"] {
            let again = try await verify(text, among: [factor])
            findings.expect(again.isRejected, rule, "a used code was accepted, or another spelling of it")
        }
        let next = try await verify(try await subject.nextCode(factor), among: [factor])
        findings.expect(next == .accepted(factor), rule, "the code after a used one was \(next)")
    }

    private func checkParallelUse(_ findings: inout Findings) async throws {
        let factor = try await subject.enroll(subject.user)
        let code = try await subject.nextCode(factor)
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { try await !verify(code, among: [factor]).isRejected }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        findings.expect(
            accepted == 1, "of many uses at the same moment one succeeds", "\(accepted) of 16 succeeded")
    }

    private func checkOtherTexts(_ findings: inout Findings) async throws {
        let rule = "text that is no code is refused"
        let factor = try await subject.enroll(subject.user)
        let code = try await subject.nextCode(factor)
        for (index, text) in Self.texts(around: code).enumerated() {
            let verdict = try await verify(text, among: [factor])
            findings.expect(verdict.isRejected, rule, "text number \(index) of the suite was accepted")
        }
        let notUTF8 = SecretText(utf8: SecretBytes(Array(code.utf8) + [0xFF]))
        let verdict = try await subject.provider.verify(notUTF8, of: subject.user, among: [factor])
        findings.expect(verdict.isRejected, rule, "bytes that are no UTF-8 were accepted")
        let right = try await verify(code, among: [factor])
        findings.expect(right == .accepted(factor), rule, "such text used up the code that it resembles")
    }

    /// What a lenient reader might take for the code.
    private static func texts(around code: String) -> [String] {
        let half = code.utf8.count / 2
        let fullWidth = code.unicodeScalars.compactMap { UnicodeScalar($0.value + 0xFEE0) }
        return [
            "", " ", " \(code)", "\(code) ", "\(code)\n", "\(code)\r\n", "\t\(code)", "+\(code)", "-\(code)",
            "\(code)\u{0}", "\u{0}\(code)", "\(code)\u{0}0", "\(code)\u{301}", "\u{FEFF}\(code)", "0\(code)",
            "\(code)0", "\(code)\(code)", String(code.dropLast()), String(code.dropFirst()),
            "\(code.prefix(half)) \(code.dropFirst(half))", "\(code.prefix(half))\u{0}\(code.dropFirst(half))",
            String(String.UnicodeScalarView(fullWidth)), String(repeating: "0", count: 1 << 20),
        ]
    }

    private func checkWrongCodes(_ findings: inout Findings) async throws {
        let factor = try await subject.enroll(subject.user)
        let code = try await subject.nextCode(factor)
        for position in [0, code.utf8.count - 1] {
            var wrong = Array(code.utf8)
            wrong[position] = wrong[position] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            let verdict = try await verify(String(decoding: wrong, as: UTF8.self), among: [factor])
            findings.expect(verdict.isRejected, "a wrong code is refused", "one with another character was accepted")
        }
        let right = try await verify(code, among: [factor])
        findings.expect(right == .accepted(factor), "a wrong code is refused", "the right one was too: \(right)")
    }

    private func checkOtherPeople(_ findings: inout Findings) async throws {
        let rule = "the code of another person is refused"
        let own = try await subject.enroll(subject.user)
        let other = try await subject.enroll(subject.otherUser)
        let code = try await subject.nextCode(other)
        findings.expect(try await verify(code, among: [own]).isRejected, rule, "it was accepted")
        findings.expect(try await verify(code, among: []).isRejected, rule, "it was accepted without any factor")
        let right = try await subject.provider.verify(SecretText(code), of: subject.otherUser, among: [other])
        findings.expect(right == .accepted(other), rule, "the attempt used it up for its owner: \(right)")
    }

    private func checkSeveralFactors(_ findings: inout Findings) async throws {
        let rule = "the factor that accepted is named"
        let factors = [try await subject.enroll(subject.user), try await subject.enroll(subject.user)]
        for factor in factors {
            let verdict = try await verify(try await subject.nextCode(factor), among: factors)
            findings.expect(verdict == .accepted(factor), rule, "a code of one of two factors was \(verdict)")
        }
    }

    private func verify(_ code: String, among factors: [FactorID]) async throws -> Verdict<FactorID> {
        try await subject.provider.verify(SecretText(code), of: subject.user, among: factors)
    }
}

extension Verdict {
    fileprivate var isRejected: Bool {
        if case .rejected = self { true } else { false }
    }
}
