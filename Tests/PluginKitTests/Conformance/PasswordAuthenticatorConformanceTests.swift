import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@Suite("The suite for password authenticators")
struct PasswordAuthenticatorConformanceTests {
    @Test("has nothing to say of a good authenticator")
    func good() async {
        #expect(await violations(of: PlainAuthenticator()) == [])
    }

    @Test("finds an early answer for people who do not exist")
    func earlyAnswer() async {
        let rules = await violations(of: PlainAuthenticator(answersUnknownEarly: true)).map(\.rule)
        #expect(rules.contains("every cause of refusal costs one hash"))
    }

    @Test("finds truncation, and spellings that are told apart")
    func texts() async {
        let truncating = await violations(of: PlainAuthenticator(limit: 72)).map(\.rule)
        #expect(truncating.contains("a long password counts to its last byte"))
        let literal = await violations(of: PlainAuthenticator(normalizes: false)).map(\.rule)
        #expect(literal.contains("equal texts are one password"))
    }

    @Test("finds text that is taken although it cannot be hashed whole")
    func malformed() async {
        let rules = await violations(of: PlainAuthenticator(refusesMalformed: false)).map(\.rule)
        #expect(rules.contains("text that cannot be hashed whole is malformed"))
    }

    private func violations(of authenticator: PlainAuthenticator) async -> [ConformanceViolation] {
        let time = Date(timeIntervalSince1970: 1_750_000_000)
        return await PasswordAuthenticatorConformance(
            .init(
                authenticator: authenticator, user: .make(at: time), userWithoutPassword: .make(at: time),
                hashCount: { authenticator.hashCount }, setPassword: { authenticator.set($1, for: $0) })
        ).violations()
    }
}

/// An authenticator that compares text, with a flaw on request.
private final class PlainAuthenticator: PasswordAuthenticator {
    private let answersUnknownEarly: Bool
    private let normalizes: Bool
    private let refusesMalformed: Bool
    private let limit: Int
    private let state = Mutex((passwords: [UserID: [UInt8]](), hashes: 0))

    init(answersUnknownEarly: Bool = false, normalizes: Bool = true, refusesMalformed: Bool = true, limit: Int = 1024) {
        self.answersUnknownEarly = answersUnknownEarly
        self.normalizes = normalizes
        self.refusesMalformed = refusesMalformed
        self.limit = limit
    }

    var hashCount: Int { state.withLock { $0.hashes } }

    func set(_ password: String, for user: UserID) {
        let form = form(of: password)
        state.withLock { $0.passwords[user] = form }
    }

    func authenticate(user: UserID?, password: SecretText) async throws -> Verdict<PasswordProof> {
        if answersUnknownEarly, user == nil { return .rejected(.unknownAccount) }
        let known = state.withLock { state in
            state.hashes += 1
            return user.flatMap { state.passwords[$0] }
        }
        let typed = password.withExposed { $0 }
        if refusesMalformed, typed.utf8.count > 1024 || typed.utf8.contains(0) { return .rejected(.malformed) }
        guard let user else { return .rejected(.unknownAccount) }
        guard let known else { return .rejected(.noCredential) }
        guard known == form(of: typed) else { return .rejected(.wrongCredential) }
        return .accepted(PasswordProof(user: user, mustChange: false))
    }

    private func form(of text: String) -> [UInt8] {
        Array((normalizes ? text.precomposedStringWithCompatibilityMapping : text).utf8.prefix(limit))
    }
}
