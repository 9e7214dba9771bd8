import Kernel
import PluginKit

/// How a sign-in ended, or what it waits for: the answer of every route that can complete one.
enum SignInAnswer {
    /// Signed in.
    struct Complete: Encodable {
        let status = "complete"
        let accessToken: String
        let tokenType = "Bearer"
        let expiresIn: Int
        let refreshToken: String
        let refreshExpiresIn: Int
        let sessionId: String

        init(_ tokens: IssuedTokens) {
            accessToken = tokens.accessToken.withExposed { $0 }
            expiresIn = tokens.accessLifetimeSeconds
            refreshToken = tokens.refreshToken.withExposed { $0 }
            refreshExpiresIn = tokens.refreshLifetimeSeconds
            sessionId = tokens.session.description
        }

        private enum CodingKeys: String, CodingKey {
            case status, accessToken, tokenType, expiresIn, refreshToken, refreshExpiresIn, sessionId
        }
    }

    /// A new password comes first.
    struct PasswordChangeRequired: Encodable {
        let status = "password_change_required"
        let transaction: String
        let expiresIn: Int

        init(_ new: NewTransaction) {
            transaction = new.token.withExposed { $0 }
            expiresIn = new.lifetimeSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case status, transaction, expiresIn
        }
    }
}
