import HTTPTypes
import Kernel
import PluginKit

/// Credentials on routes whose path names no tenant: they name it themselves.
extension Gate {
    /// Whoever the request's credential speaks for, at whatever tenant it is of.
    ///
    /// - Throws: `unauthenticated` for one of no tenant that is served, in the time that any other takes.
    func holder(of credential: SecretText, _ request: APIRequest) async throws -> Admitted {
        guard let tenant = servedTenant(of: credential) else {
            if KeyAddress.find(in: credential) != nil { try await kernel.spendKeyLookUp(of: credential) }
            throw Problem(.unauthenticated)
        }
        return try await holder(of: credential, at: tenant, request)
    }

    /// The tenant that a credential names, where it is served and not suspended.
    func servedTenant(of credential: SecretText) -> Tenant? {
        let tenant =
            if let address = KeyAddress.find(in: credential) {
                registry.tenant(tag: address.tenant)
            } else {
                credential.withExposed(AccessTokenTenant.claimed(by:)).flatMap(registry.tenant(id:))
            }
        return tenant.flatMap { $0.isSuspended ? nil : $0 }
    }
}
