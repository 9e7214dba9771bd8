import HTTPTypes
package import Kernel
import PluginKit

/// Lets requests in: finds the tenant, the person or the operator that a request speaks for, and checks what he may do.
///
/// An unknown or suspended tenant is answered before anything else is looked at. An error on the way denies.
package struct Gate: Sendable {
    private let registry: TenantRegistry
    private let kernel: KernelServices
    private let operators: Operators

    package init(registry: TenantRegistry, kernel: KernelServices, operators: Operators) {
        self.registry = registry
        self.kernel = kernel
        self.operators = operators
    }

    /// Anyone, at a tenant that exists and is not suspended.
    package var visitor: Access<Tenant> {
        Access(.anyone) { try tenant(of: $0) }
    }

    /// Somebody with a live session of the tenant.
    package var person: Access<SignedIn> {
        Access(.person) { try await signedIn($0) }
    }

    /// Somebody with a live session whose roles allow this now.
    package func permission(_ permission: Permission) -> Access<SignedIn> {
        Access(.permission(permission)) { request in
            let signedIn = try await signedIn(request)
            guard Authorizer.allows(signedIn.caller, permission) else {
                try await recordRefusal(of: permission.rawValue, because: "missing_permission", signedIn)
                throw Problem(.forbidden)
            }
            return signedIn
        }
    }

    /// The same for somebody who has proved himself lately, with a second factor where he has one.
    package func proven(_ proof: ProofOfPresence, _ access: Access<SignedIn>) -> Access<SignedIn> {
        Access(access.requirement) { request in
            let signedIn = try await access.admit(request)
            let rule = signedIn.tenant.policy.secondFactor
            guard let missing = proof.missing(in: signedIn.session, under: rule, at: kernel.now()) else {
                return signedIn
            }
            let code: ProblemCode = missing == .recentProof ? .reauthenticationRequired : .stepUpRequired
            try await recordRefusal(of: "\(request.method.rawValue) \(request.path)", because: code.rawValue, signedIn)
            throw Problem(code)
        }
    }

    /// An operator of the platform. His key opens nothing inside a tenant, and no tenant's token opens the platform.
    package var operatorKey: Access<OperatorID> {
        Access(.operatorKey) { request in
            guard let id = try await operators.authenticate(try request.requiredBearer()) else {
                throw Problem(.unauthenticated)
            }
            return id
        }
    }

    private func tenant(of request: APIRequest) throws(Problem) -> Tenant {
        guard let tenant = registry.tenant(named: request.parameter("tenant")) else { throw Problem(.tenantNotFound) }
        guard !tenant.isSuspended else { throw Problem(.tenantSuspended) }
        return tenant
    }

    private func signedIn(_ request: APIRequest) async throws -> SignedIn {
        let tenant = try tenant(of: request)
        let token = try request.requiredBearer().withExposed { $0 }
        guard let session = try await kernel.session(forAccessToken: token, in: tenant) else {
            throw Problem(.unauthenticated)
        }
        let caller = Caller(
            actor: .person(session.person.user, session: session.id), permissions: session.person.permissions,
            origin: request.origin)
        return SignedIn(tenant: tenant, session: session, caller: caller)
    }

    private func recordRefusal(of subject: String, because reason: String, _ signedIn: SignedIn) async throws {
        let event = AuditEvent(
            .accessRefused, .refused, reason: reason, actor: signedIn.caller.actor, subject: subject,
            origin: signedIn.caller.origin)
        try await kernel.auditTrail(of: signedIn.tenant).record(event)
    }
}

/// A person who was let in, with the tenant that he was let into.
package struct SignedIn: Sendable {
    package let tenant: Tenant
    package let session: LiveSession
    package let caller: Caller
}

extension APIRequest {
    /// Where the request came from, as the kernel keeps it.
    var origin: RequestOrigin {
        RequestOrigin(address: client.address, network: client.network, userAgent: userAgent, requestID: id)
    }
}
