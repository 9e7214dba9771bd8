import DatabaseTesting
import PluginKit

@testable import Kernel

extension TestTenant {
    /// Refreshes with the token that a person got when he signed in; `nil` for a refusal.
    func refresh(_ person: TestPerson, from origin: RequestOrigin? = nil) async throws -> IssuedTokens? {
        try await refresh(person.tokens.refreshToken, from: origin ?? person.origin)
    }

    func refresh(_ token: SecretText, from origin: RequestOrigin) async throws -> IssuedTokens? {
        let outcome = try await services.sessions(of: tenant).refresh(token, origin: origin)
        if case .issued(let tokens) = outcome { return tokens }
        return nil
    }

    /// Whether the access token that a person got when he signed in still opens anything.
    func isLive(_ person: TestPerson) async throws -> Bool { try await session(of: person.tokens) != nil }
}

extension SecretText {
    /// The text itself, to compare and to tamper with.
    var text: String { withExposed { $0 } }
}
