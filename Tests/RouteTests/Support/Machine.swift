import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

/// A program of one of the house's tenants that speaks to the API with a key.
struct Machine: Sendable {
    let house: House
    let tenant: TestTenant
    let id: String
    let key: String

    /// Asks for something under `/v1/tenants/{tenant}`.
    func admin(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, headers: HTTPFields = [:],
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await house.send(
            method, tenant.administration(path), bearer: key, body: body, headers: headers, location)
    }

    /// Whether the key is good, as everybody is told.
    var isGood: Bool {
        get async throws { try await house.verify(key).json["valid"] == true }
    }
}

extension House {
    /// A machine with a key that was made past the API; of the tenant itself, unless an owner is named.
    func machine(
        at tenant: TestTenant? = nil, _ scopes: [Permission] = [.productUse], name: String = "billing",
        networks: [String] = [], rateLimit: Int? = nil, lifetimeSeconds: Int? = nil, ownedBy owner: Person? = nil
    ) async throws -> Machine {
        let tenant = tenant ?? acme
        let new = NewAPIKey(
            name: name, scopes: scopes, lifetimeSeconds: lifetimeSeconds,
            allowedNetworks: networks.compactMap(AddressBlock.init), rateLimit: rateLimit)
        let actor: Actor = try owner.map { .person(try #require(UserID($0.id)), session: nil) } ?? .hostOperator
        let caller = Caller(actor: actor, permissions: Set(Permission.allCases), origin: .test())
        let issued = try await kernel.apiKeys(of: tenant.tenant).create(new, by: caller).get()
        return Machine(house: self, tenant: tenant, id: "\(issued.key.id)", key: issued.text.withExposed { $0 })
    }

    /// Asks whether a key is good, without a tenant in the path.
    func verify(
        _ key: String, _ more: [String: JSON] = [:], bearer: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await verify(at: "/v1/api-keys/verify", key, more, bearer: bearer, location)
    }

    /// The same at the tenant in the path.
    func verify(
        at tenant: TestTenant, _ key: String, _ more: [String: JSON] = [:], bearer: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await verify(at: tenant.administration("/api-keys/verify"), key, more, bearer: bearer, location)
    }

    private func verify(
        at path: String, _ key: String, _ more: [String: JSON], bearer: String?, _ location: SourceLocation
    ) async throws -> Answer {
        let body = JSON.object(more.merging(["key": .text(key)]) { _, last in last })
        return try await send(.post, path, bearer: bearer, body: body, location)
    }
}
