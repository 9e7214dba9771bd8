import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting

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

    /// Somebody who may ask for what his roles allow; made here, without a password.
    func keeper(roles: [String] = ["admin"]) async throws -> Caller {
        let person = try await person(roles: roles)
        let permissions = try await self.roles.permissions(of: roles, in: database)
        return Caller(actor: .person(person.id, session: nil), permissions: permissions, origin: .test())
    }

    /// A key that is written as this tenant's are, and is none.
    func madeUpKey() throws -> SecretText {
        guard let keys = tenant.keys else { throw Refusal.notFound }
        let address = KeyAddress(tenant: TenantTag(id), key: KeyTag(KeyID.make(at: clock.now)))
        return try keys.authenticator.makeKey(at: address)
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
    func refusal(
        of text: SecretText, for scopes: Set<Permission> = [], from address: String? = "192.0.2.7"
    ) async throws -> KeyRefusal? {
        try await verify(text, for: scopes, from: address).refusal
    }

    /// The key as it stands now.
    func stored(_ id: KeyID) async throws -> APIKey {
        guard let key = try await apiKeys.key(id) else { throw Refusal.notFound }
        return key
    }

    /// Gives a key another secret, without minding what is handed over.
    func rotate(_ key: KeyID, overlapSeconds: Int? = nil, by caller: Caller = .hostOperator(.test())) async throws
        -> RotatedAPIKey
    {
        try await apiKeys.rotate(key, overlapSeconds: overlapSeconds, by: caller).get()
    }

    /// Does what is due about keys now.
    @discardableResult
    func ringKeyClock() async throws -> Int { try await services.keyDues(of: tenant).run() }
}

extension Caller {
    /// The person who asks; to be used where there is one.
    var person: UserID {
        guard let user = actor.userID else { preconditionFailure("nobody asks") }
        return user
    }

    /// Somebody who may do just this.
    static func anybody(_ permissions: Set<Permission>) -> Caller {
        Caller(actor: .person(.make(at: TestTenant.start), session: nil), permissions: permissions, origin: .test())
    }
}

extension KeyVerdict {
    /// The key that was found good.
    var key: VerifiedKey? {
        if case .valid(let key) = self { key } else { nil }
    }

    /// Why it is not good; `nil` for one that is.
    var refusal: KeyRefusal? {
        if case .refused(let refusal, _) = self { refusal } else { nil }
    }
}
