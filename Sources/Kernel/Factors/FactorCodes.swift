import Foundation
import Metrics
import PluginKit

/// Checks codes of second factors: limits first, then the provider of their kind.
struct FactorCodes: Sendable {
    let tenant: Tenant
    let attempts: Attempts
    let now: @Sendable () -> Date

    enum Check: Sendable {
        case accepted(Proof)
        /// With the reason as the audit trail keeps it; the client learns no more than the refusal.
        case refused(Refusal, reason: String)
    }

    /// A code that was used up.
    struct Proof: Sendable {
        let factor: FactorID
        let kind: FactorKind
        let method: AuthenticationMethod
        /// What has to commit with whatever the proof is used for.
        let alongside: [BoundStatement]
    }

    /// Uses up `code` for one of the person's confirmed factors of this kind.
    func verify(_ code: SecretText, of kind: FactorKind, _ guess: Guess, user: UserID) async throws -> Check {
        let factors = try await tenant.database.rows(ListFactors(user: user))
            .filter { $0.isConfirmed && $0.kind == kind }
        return try await verify(code, of: kind, among: factors.map(\.id), guess, user: user)
    }

    /// Uses up the first code of a factor that is being set up.
    func verifyFirst(_ code: SecretText, of factor: StoredFactor, _ guess: Guess, user: UserID) async throws -> Check {
        try await verify(code, of: factor.kind, among: [factor.id], guess, user: user)
    }

    private func verify(
        _ code: SecretText, of kind: FactorKind, among factors: [FactorID], _ guess: Guess, user: UserID
    ) async throws -> Check {
        if case .limited(let seconds) = try await attempts.reserve(guess) {
            count(kind, "limited")
            return .refused(.tooManyAttempts(retryAfterSeconds: seconds), reason: "too_many_attempts")
        }
        guard let provider = tenant.factors.provider(of: kind) else {
            count("unknown", "refused")
            return .refused(.wrongCode, reason: "unknown_factor")
        }
        switch try await provider.verify(code, of: user, among: factors) {
        case .rejected(let rejection):
            count(kind, "refused")
            return .refused(.wrongCode, reason: rejection.rawValue)
        case .accepted(let factor):
            count(kind, "accepted")
            let touch = TouchFactor(id: factor, at: now())
            return .accepted(
                Proof(
                    factor: factor, kind: kind, method: provider.method,
                    alongside: try attempts.succeeded(guess) + [BoundStatement(touch)]))
        }
    }

    private func count(_ kind: FactorKind, _ outcome: String) {
        let known = tenant.factors.provider(of: kind) == nil ? "unknown" : kind.rawValue
        let labels = [("tenant", tenant.slug.text), ("factor", known), ("outcome", outcome)]
        Counter(label: "gatehouse_second_factor_attempts", dimensions: labels).increment()
    }
}
