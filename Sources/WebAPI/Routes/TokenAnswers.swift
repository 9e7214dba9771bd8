import Foundation
import Hummingbird
import Kernel
import PluginKit

/// How a sign-in ended, or what it waits for: the answer of every route that can complete one.
enum SignInAnswer {
    /// - Parameter recoveryCodes: shown once, with the factor that they stand in for.
    /// - Throws: the problem, where the step is a refusal.
    static func response(_ step: SignIn.Step, recoveryCodes: [SecretText] = []) throws -> Response {
        switch step {
        case .complete(let tokens): return try .json(Complete(tokens, recoveryCodes: recoveryCodes))
        case .changePassword(let transaction): return try .json(PasswordChangeRequired(transaction))
        case .proveSecondFactor(let transaction, let factors):
            return try .json(SecondFactorRequired(transaction, factors: factors))
        case .enroll(let transaction, let factors, let needsTicket):
            return try .json(EnrollmentRequired(transaction, factors: factors, needsTicket: needsTicket))
        case .refused: throw Problem(.invalidCredentials)
        case .limited(let seconds): throw Problem(.rateLimited, retryAfterSeconds: seconds)
        }
    }

    /// Signed in.
    struct Complete: Encodable {
        let status = "complete"
        let accessToken: String
        let tokenType = "Bearer"
        let expiresIn: Int
        let refreshToken: String
        let refreshExpiresIn: Int
        let sessionId: String
        let graceUntil: Date?
        let deviceToken: String?
        let deviceExpiresIn: Int?
        let recoveryCodes: [String]?

        init(_ tokens: IssuedTokens, recoveryCodes: [SecretText] = []) {
            accessToken = tokens.accessToken.withExposed { $0 }
            expiresIn = tokens.accessLifetimeSeconds
            refreshToken = tokens.refreshToken.withExposed { $0 }
            refreshExpiresIn = tokens.refreshLifetimeSeconds
            sessionId = tokens.session.description
            graceUntil = tokens.graceUntil
            deviceToken = tokens.device?.token.withExposed { $0 }
            deviceExpiresIn = tokens.device?.lifetimeSeconds
            self.recoveryCodes = recoveryCodes.isEmpty ? nil : recoveryCodes.map { $0.withExposed { $0 } }
        }

        private enum CodingKeys: String, CodingKey {
            case status, accessToken, tokenType, expiresIn, refreshToken, refreshExpiresIn, sessionId, graceUntil
            case deviceToken, deviceExpiresIn, recoveryCodes
        }
    }

    /// A code of one of the factors comes next.
    struct SecondFactorRequired: Encodable {
        let status = "second_factor_required"
        let transaction: String
        let factors: [String]
        let expiresIn: Int

        init(_ new: NewTransaction, factors: [FactorKind]) {
            transaction = new.token.withExposed { $0 }
            self.factors = factors.map(\.rawValue)
            expiresIn = new.lifetimeSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case status, transaction, factors, expiresIn
        }
    }

    /// A factor has to be set up first.
    struct EnrollmentRequired: Encodable {
        let status = "enrollment_required"
        let transaction: String
        let factors: [String]
        let ticketRequired: Bool
        let expiresIn: Int

        init(_ new: NewTransaction, factors: [FactorKind], needsTicket: Bool) {
            transaction = new.token.withExposed { $0 }
            self.factors = factors.map(\.rawValue)
            ticketRequired = needsTicket
            expiresIn = new.lifetimeSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case status, transaction, factors, ticketRequired, expiresIn
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
