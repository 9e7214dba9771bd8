import DatabaseTesting
import Foundation
import PluginKit

@testable import Kernel

extension TestTenant {
    var apiKeys: APIKeys { get async throws { try await services.apiKeys(of: tenant) } }
    var keyRotations: KeyRotations { get async throws { try await services.keyRotations(of: tenant) } }

    /// A key; of the tenant itself, unless a caller is named.
    func apiKey(
        _ name: String = "billing", scopes: [Permission] = [.usersRead], lifetimeSeconds: Int? = nil,
        networks: [String] = [], rateLimit: Int? = nil, by caller: Caller = .hostOperator(.test())
    ) async throws -> IssuedAPIKey {
        let new = NewAPIKey(
            name: name, scopes: scopes, lifetimeSeconds: lifetimeSeconds,
            allowedNetworks: networks.compactMap(AddressBlock.init), rateLimit: rateLimit,
            metadata: ["plan": "gold"])
        return try await apiKeys.create(new, by: caller).get()
    }

    /// Whether a key is good here, used from an address.
    func verify(
        _ text: SecretText, for scopes: Set<Permission> = [], from address: String? = "192.0.2.7"
    ) async throws -> KeyVerdict {
        let origin = address.map { RequestOrigin(address: $0, network: $0, userAgent: "test", requestID: "req_test") }
        return try await services.keyVerifier.verify(
            PresentedKey(
                text: text, scopes: scopes, address: address.flatMap { IPAddress($0) }, origin: origin ?? .test()),
            in: tenant)
    }

    /// Why a key is not good here; `nil` for one that is.
    func refusal(of text: SecretText, for scopes: Set<Permission> = [], from address: String? = "192.0.2.7")
        async throws
        -> KeyRefusal?
    {
        guard case .refused(let refusal, _) = try await verify(text, for: scopes, from: address) else { return nil }
        return refusal
    }

    /// The key as it stands now.
    func stored(_ id: KeyID) async throws -> APIKey {
        guard let key = try await apiKeys.key(id) else { throw Refusal.notFound }
        return key
    }

    /// Does what is due about keys now.
    @discardableResult
    func ringKeyClock() async throws -> Int { try await services.keyDues(of: tenant).run() }
}
