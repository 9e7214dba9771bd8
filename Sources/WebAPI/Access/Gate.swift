import HTTPTypes
package import Kernel
import PluginKit

/// Lets requests in: finds the tenant, the person, the API key or the operator that a request speaks for, and checks what
/// he may do.
///
/// An unknown or suspended tenant is answered before anything else is looked at. An error on the way denies.
package struct Gate: Sendable {
    let registry: TenantRegistry
    let kernel: KernelServices
    let operators: Operators

    package init(registry: TenantRegistry, kernel: KernelServices, operators: Operators) {
        self.registry = registry
        self.kernel = kernel
        self.operators = operators
    }

    /// Anyone, at a tenant that exists and is not suspended.
    package var visitor: Access<Tenant> {
        Access(.anyone) { try await tenant(of: $0) }
    }

    /// Somebody with a live session of the tenant.
    package var person: Access<SignedIn> {
        Access(.person) { request in
            let tenant = try await tenant(of: request)
            return try await person(try request.requiredBearer(), at: tenant, request)
        }
    }

    /// A person with a live session whose roles allow this now, or an API key whose scopes do.
    ///
    /// Somebody whose roles ask for a second factor now, and whose grace is over, is asked for one where his session knows
    /// of none.
    package func permission(_ permission: Permission) -> Access<Admitted> {
        Access(.permission(permission)) { request in
            let tenant = try await tenant(of: request)
            let admitted = try await holder(of: try request.requiredBearer(), at: tenant, request)
            guard Authorizer.allows(admitted.caller, permission) else {
                throw try await refusal(of: permission, admitted)
            }
            return admitted
        }
    }

    /// The same for somebody who has proved himself lately, with a second factor where he has one.
    package func proven(_ proof: ProofOfPresence, _ access: Access<SignedIn>) -> Access<SignedIn> {
        Access(access.requirement) { request in
            let signedIn = try await access.admit(request)
            try await require(proof, of: signedIn.session, Admitted(signedIn), request)
            return signedIn
        }
    }

    /// The same among those who administer a tenant. A key has no presence to prove.
    ///
    /// - Parameter keysPass: whether a key's scope is proof enough.
    package func proven(
        _ proof: ProofOfPresence, _ access: Access<Admitted>, keysPass: Bool = false
    ) -> Access<Admitted> {
        Access(access.requirement) { request in
            let admitted = try await access.admit(request)
            if let session = admitted.session {
                try await require(proof, of: session, admitted, request)
            } else if !keysPass {
                throw try await refusal(of: deed(request), .forbidden, because: "not_a_person", admitted)
            }
            return admitted
        }
    }

    /// An operator of the platform. His key opens nothing inside a tenant, and no tenant's token opens the platform.
    package var operatorKey: Access<OperatorID> {
        Access(.operatorKey) { request in
            guard
                let id = try await operators.authenticate(
                    try request.requiredBearer(), requestID: request.origin.requestID)
            else {
                throw Problem(.unauthenticated)
            }
            return id
        }
    }

    func tenant(of request: APIRequest) async throws -> Tenant {
        guard let tenant = try await registry.tenant(named: request.parameter("tenant")) else {
            throw Problem(.tenantNotFound)
        }
        guard !tenant.isSuspended else { throw Problem(.tenantSuspended) }
        return tenant
    }

    /// Whoever a credential speaks for at `tenant`: a person's session, or an API key.
    func holder(of credential: SecretText, at tenant: Tenant, _ request: APIRequest) async throws -> Admitted {
        guard KeyAddress.find(in: credential) != nil else {
            return Admitted(try await person(credential, at: tenant, request))
        }
        let verdict = try await kernel.keyVerifier.verify(PresentedKey(credential, request), in: tenant)
        return Admitted(try Self.goodKey(verdict), of: tenant, origin: request.origin)
    }

    static func goodKey(_ verdict: KeyVerdict) throws(Problem) -> VerifiedKey {
        switch verdict {
        case .valid(let key): return key
        case .refused(.rateLimited(let seconds), _): throw Problem(.rateLimited, retryAfterSeconds: seconds)
        case .refused: throw Problem(.unauthenticated)
        }
    }

    func person(
        _ credential: SecretText, at tenant: Tenant, _ request: APIRequest
    ) async throws -> SignedIn {
        let token = credential.withExposed { $0 }
        guard let session = try await kernel.session(forAccessToken: token, in: tenant) else {
            throw Problem(.unauthenticated)
        }
        // His roles, his factors or the rule may be others than when the session began. What is left is his own account,
        // where he sets a factor up, proves it, or signs out.
        let isAdmitted = session.isAdmitted(under: tenant.policy.secondFactor, at: kernel.now())
        let caller = Caller(
            actor: .person(session.person.user, session: session.id),
            permissions: isAdmitted ? session.person.permissions : [], origin: request.origin)
        return SignedIn(tenant: tenant, session: session, caller: caller)
    }

    private func require(
        _ proof: ProofOfPresence, of session: LiveSession, _ admitted: Admitted, _ request: APIRequest
    ) async throws {
        let rule = admitted.tenant.policy.secondFactor
        guard let missing = proof.missing(in: session, under: rule, at: kernel.now()) else { return }
        let code: ProblemCode = missing == .recentProof ? .reauthenticationRequired : .stepUpRequired
        throw try await refusal(of: deed(request), code, because: code.rawValue, admitted)
    }

    /// Records that somebody lacks a permission, and gives the problem to throw: a step-up helps whoever would have it then.
    func refusal(of permission: Permission, _ admitted: Admitted) async throws -> Problem {
        let wouldHave = admitted.session?.person.permissions.contains(permission) ?? false
        let (code, reason): (ProblemCode, String) =
            wouldHave
            ? (.stepUpRequired, ProblemCode.stepUpRequired.rawValue) : (.forbidden, "missing_permission")
        return try await refusal(of: permission.rawValue, code, because: reason, admitted)
    }

    private func deed(_ request: APIRequest) -> String { "\(request.method.rawValue) \(request.path)" }

    /// Records that somebody was refused, and gives the problem to throw.
    func refusal(
        of subject: String, _ code: ProblemCode, because reason: String, _ admitted: Admitted
    ) async throws -> Problem {
        let event = AuditEvent(
            .accessRefused, .refused, reason: reason, actor: admitted.caller.actor, subject: subject,
            origin: admitted.caller.origin)
        try await kernel.auditTrail(of: admitted.tenant).record(event)
        return Problem(code)
    }
}
