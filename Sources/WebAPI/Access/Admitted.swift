package import Kernel
import PluginKit

/// A person who was let in, with the tenant that he was let into.
package struct SignedIn: Sendable {
    package let tenant: Tenant
    package let session: LiveSession
    package let caller: Caller
}

/// A person or an API key that was let in, with the tenant that it was let into.
package struct Admitted: Sendable {
    package let tenant: Tenant
    package let caller: Caller
    /// `nil` for an API key, which proves nobody's presence.
    package let session: LiveSession?

    init(_ person: SignedIn) {
        tenant = person.tenant
        caller = person.caller
        session = person.session
    }

    init(_ key: VerifiedKey, of tenant: Tenant, origin: RequestOrigin) {
        self.tenant = tenant
        caller = Caller(actor: .key(key.key, owner: key.owner), permissions: key.permissions, origin: origin)
        session = nil
    }
}

extension APIRequest {
    /// Where the request came from, as the kernel keeps it.
    var origin: RequestOrigin {
        RequestOrigin(address: client.address, network: client.network, userAgent: userAgent, requestID: id)
    }
}
