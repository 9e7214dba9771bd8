import Kernel
import PluginKit

/// Credentials on routes whose path names no tenant: they name it themselves.
extension Gate {
    /// A person or an API key, of whatever tenant the credential is.
    var holder: Access<Admitted> {
        Access(.holder) { try await holder(of: try $0.requiredBearer(), $0) }
    }

    /// - Throws: `unauthenticated` for a credential of no tenant that is served, in the time that any other takes.
    func holder(of credential: SecretText, _ request: APIRequest) async throws -> Admitted {
        guard KeyAddress.find(in: credential) != nil else {
            let claimed = credential.withExposed(AccessTokenTenant.claimed(by:))
            guard let claimed, let tenant = try await registry.tenant(id: claimed), !tenant.isSuspended else {
                throw Problem(.unauthenticated)
            }
            return Admitted(try await person(credential, at: tenant, request))
        }
        let (verdict, tenant) = try await verdict(on: PresentedKey(credential, request))
        let key = try Self.goodKey(verdict)
        guard let tenant else { throw Problem(.unauthenticated) }
        return Admitted(key, of: tenant, origin: request.origin)
    }

    /// Whether a key is good at the tenant that it names, and that tenant.
    ///
    /// Whatever is wrong with a key that names a tenant, it costs one look-up, so that the time tells nobody whether there
    /// is such a tenant, or how its keys are written.
    func verdict(on presented: PresentedKey) async throws -> (KeyVerdict, Tenant?) {
        guard let address = KeyAddress.find(in: presented.text) else { return (.refused(.malformed, key: nil), nil) }
        guard let tenant = try await registry.tenant(tag: address.tenant), !tenant.isSuspended else {
            try await kernel.spendKeyLookUp(of: presented.text, by: presented.stranger)
            return (.refused(.unknown, key: nil), nil)
        }
        let verdict = try await kernel.keyVerifier.verify(presented, in: tenant)
        if case .refused(.malformed, _) = verdict {
            try await kernel.spendKeyLookUp(of: presented.text, by: presented.stranger)
        }
        return (verdict, tenant)
    }
}

extension PresentedKey {
    /// A key as the credential of a request.
    init(_ credential: SecretText, _ request: APIRequest) {
        self.init(
            text: credential, address: IPAddress(request.client.address), origin: request.origin,
            stranger: request.client.network)
    }
}
