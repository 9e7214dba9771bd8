import Foundation
package import PluginKit

/// The `totp` provider: people prove that they hold their authenticator app, by the code that it shows (RFC 6238).
///
/// The parts: ``OneTimeCode`` is what was typed, ``OneTimePassword`` compares it, ``EnrollmentLabel`` and ``QRCode`` make
/// what an app takes in.
package struct TOTPProvider: Provider, EnrollableFactor {
    package static let name: ProviderName = "totp"
    package static let kind: FactorKind = "totp"
    package static let method = AuthenticationMethod.oneTimeCode

    package static var statements: [any Statement.Type] {
        [ListTOTPSecrets.self, BurnTOTPStep.self, StoreTOTPSecret.self]
    }

    private let settings: TOTPSettings
    private let context: ProviderContext

    package init(settings: TOTPSettings, context: ProviderContext) async throws {
        self.settings = settings
        self.context = context
    }

    package func verify(
        _ text: SecretText, of user: UserID, among factors: [FactorID]
    ) async throws -> Verdict<FactorID> {
        guard let code = OneTimeCode(text) else { return .rejected(.malformed) }
        let secrets = try await secrets(of: factors)
        guard !secrets.isEmpty else { return .rejected(.noCredential) }
        var rejection = Rejection.wrongCredential
        for secret in secrets {
            guard let step = try OneTimePassword.step(of: code, by: secret, among: acceptedSteps) else { continue }
            if try await burn(step, of: secret.factor) { return .accepted(secret.factor) }
            rejection = .alreadyUsed
        }
        return .rejected(rejection)
    }

    package func prepare(_ factor: FactorID, of account: FactorAccount) async throws -> PreparedFactor {
        let secret = TOTPSecret.make(for: factor, algorithm: settings.algorithm, digits: settings.digits)
        let label = EnrollmentLabel(issuer: settings.issuer ?? account.tenantName, login: account.login)
        let uri = label.uri(of: secret)
        let offer = FactorOffer(secret: Base32.text(of: secret.seed), uri: uri, picture: try QRCode(uri).picture)
        let sealed = try await context.keys.seal(secret.seed, at: Cell(.totpSeed, row: factor))
        return PreparedFactor(
            offer: offer, store: [BoundStatement(StoreTOTPSecret(secret: secret, sealedSeed: sealed))])
    }

    // MARK: Parts

    /// A code of a later step than now's is never accepted; one of the step before covers the time it takes to type.
    private var acceptedSteps: [TimeStep] {
        let now = TimeStep(at: context.now())
        return settings.isStrict ? [now] : [now, now.previous]
    }

    /// All of them are opened before one is compared, so that one that was tampered with shows whatever was typed.
    private func secrets(of factors: [FactorID]) async throws -> [TOTPSecret] {
        var secrets: [TOTPSecret] = []
        for stored in try await context.database.rows(ListTOTPSecrets(factors: factors)) {
            let seed = try await context.keys.open(stored.sealedSeed, at: Cell(.totpSeed, row: stored.factor))
            secrets.append(
                TOTPSecret(factor: stored.factor, seed: seed, algorithm: stored.algorithm, digits: stored.digits))
        }
        return secrets
    }

    /// Whether the step was still to be used up; this, and not the comparison, decides.
    private func burn(_ step: TimeStep, of factor: FactorID) async throws -> Bool {
        try await context.database.first(BurnTOTPStep(factor: factor, step: step)) != nil
    }
}
