import PluginKit
import Synchronization

/// Takes a secret id out of its wrapping, once, and keeps it for the logins to come.
///
/// A wrapping token works a single time. Whoever finds it used knows that somebody else has the secret id; whoever
/// finds it made elsewhere knows that it was exchanged. Both are said loudly, and nothing is used.
final class WrappedSecretID: Sendable {
    private struct Unwrapped {
        let wrapping: SecretText
        let secretID: SecretText
    }

    private let exchange: VaultExchange
    private let unwrapped = Mutex<Unwrapped?>(nil)

    init(exchange: VaultExchange) {
        self.exchange = exchange
    }

    /// The secret id that `wrapping` wraps or wrapped.
    ///
    /// - Parameter path: where it must have been made, compared exactly.
    func secretID(
        wrappedBy wrapping: SecretText, madeAt path: String, before deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> SecretText {
        if let known = unwrapped.withLock({ $0 }), known.wrapping.bytes.matches(wrapping.bytes) {
            return known.secretID
        }
        try await check(wrapping, madeAt: path, deadline)
        let request = VaultRequest.post("sys/wrapping/unwrap", isRepeatable: false)
        let body = try await accepted(request, token: wrapping, deadline).decoded(UnwrapBody.self)
        let secretID = SecretText(body.data.secretID)
        unwrapped.withLock { $0 = Unwrapped(wrapping: wrapping, secretID: secretID) }
        return secretID
    }

    private func check(
        _ wrapping: SecretText, madeAt path: String, _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) {
        let request = VaultRequest.post("sys/wrapping/lookup", ["token": wrapping], isRepeatable: true)
        let found = try await accepted(request, token: nil, deadline).decoded(LookupBody.self).data.creationPath
        guard found.utf8.elementsEqual(path.utf8) else { throw .wrappedElsewhere }
    }

    private func accepted(
        _ request: VaultRequest, token: SecretText?, _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultAnswer {
        let answer: VaultAnswer
        do {
            answer = try await exchange.send(request, token: token, before: deadline)
        } catch VaultProblem.forbidden {
            throw .wrappingRefused
        }
        guard answer.status == 200 else { throw .wrappingRefused }
        return answer
    }
}

private struct LookupBody: Decodable {
    struct Wrapping: Decodable {
        let creationPath: String

        enum CodingKeys: String, CodingKey { case creationPath = "creation_path" }
    }

    let data: Wrapping
}

private struct UnwrapBody: Decodable {
    struct Secret: Decodable {
        let secretID: String

        enum CodingKeys: String, CodingKey { case secretID = "secret_id" }
    }

    let data: Secret
}
