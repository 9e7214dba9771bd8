import DatabaseTesting
import PluginKit

@testable import Kernel

extension TestTenant {
    /// Signs in from a client of its own, unless one is named.
    func signIn(
        _ login: String, _ password: SecretText = TestPerson.password, from origin: RequestOrigin = .test()
    ) async throws -> SignIn.Step {
        try await services.signIn(to: tenant).withPassword(login: login, password: password, origin: origin)
    }
}

extension Outcome<SignIn.Step> {
    /// The tokens of a sign-in that is complete.
    ///
    /// - Throws: where it waits for more.
    func tokens() throws -> Outcome<IssuedTokens> {
        switch self {
        case .refused(let refusal): return .refused(refusal)
        case .done(.complete(let tokens)): return .done(tokens)
        case .done: throw Refusal.stepUpRequired
        }
    }
}

extension SecondFactorRule {
    /// Asks nobody.
    static var nobody: SecondFactorRule { SecondFactorRule(requiredFor: []) }
}

extension SignIn.Step {
    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var tokens: IssuedTokens? {
        if case .complete(let tokens) = self { tokens } else { nil }
    }

    var transaction: NewTransaction? {
        switch self {
        case .changePassword(let transaction), .proveSecondFactor(let transaction, _), .enroll(let transaction, _, _):
            transaction
        case .complete, .refused, .limited: nil
        }
    }

    var retryAfterSeconds: Int? {
        if case .limited(let seconds) = self { seconds } else { nil }
    }
}
