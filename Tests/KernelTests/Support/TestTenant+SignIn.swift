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

extension SignIn.Step {
    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var tokens: IssuedTokens? {
        if case .complete(let tokens) = self { tokens } else { nil }
    }

    var transaction: NewTransaction? {
        if case .changePassword(let transaction) = self { transaction } else { nil }
    }

    var retryAfterSeconds: Int? {
        if case .limited(let seconds) = self { seconds } else { nil }
    }
}
