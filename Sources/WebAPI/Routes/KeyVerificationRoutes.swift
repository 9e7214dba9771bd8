import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// Where services and proxies learn whether an API key is good, and where a leaked one is reported.
///
/// Anyone may ask: whoever has the key learns no more than what it allows. Why a key is not good is told only to
/// somebody of the same tenant who may verify keys.
struct KeyVerificationRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [verifyAtTenant, verify, forwardAuth, reportLeak] }

    private var verifyAtTenant: Route {
        Route(
            .post, "/v1/tenants/{tenant}/api-keys/verify", access: gate.visitor, body: VerifyKeyBody.self
        ) { request, tenant, body in
            let asker = try await asker(request) { try await gate.holder(of: $0, at: tenant, request) }
            return try await answer(body, at: tenant, asker, request)
        }
    }

    private var verify: Route {
        Route(.post, "/v1/api-keys/verify", access: .anyone, body: VerifyKeyBody.self) { request, _, body in
            let asker = try await asker(request) { try await gate.holder(of: $0, request) }
            guard let tenant = gate.servedTenant(ofKey: body.key) else {
                if KeyAddress.find(in: body.key) != nil { try await kernel.spendKeyLookUp(of: body.key) }
                return try .json(KeyVerdictView.invalid)
            }
            return try await answer(body, at: tenant, asker, request)
        }
    }

    /// Lets a proxy ask about the request that it holds back, by its `Authorization`.
    private var forwardAuth: Route {
        Route(.get, "/v1/forward-auth", access: .anyone, query: ["scope", "tenant"]) { request, _ in
            let wanted = try ForwardedDemand(request.query)
            let admitted = try await gate.holder(of: try request.requiredBearer(), request)
            guard wanted.isMet(by: admitted) else { throw Problem(.forbidden) }
            let scopes = admitted.caller.permissions.map(\.rawValue).sorted().joined(separator: " ")
            return Response(
                status: .ok,
                headers: [
                    .gatehouseTenant: admitted.tenant.slug.text, .gatehouseSubject: admitted.subject,
                    .gatehouseScopes: scopes,
                ])
        }
    }

    private var reportLeak: Route {
        Route(.post, "/v1/api-keys/report-leak", access: .anyone, body: ReportLeakBody.self) { request, _, body in
            if let tenant = gate.servedTenant(ofKey: body.key) {
                try await kernel.leakReports(of: tenant).report(body.key, from: request.origin)
            }
            return Response(status: .accepted)
        }
    }

    /// Who asks, where he says so. A credential that is not good is refused, and not taken for none.
    private func asker(
        _ request: APIRequest, _ holder: (SecretText) async throws -> Admitted
    ) async throws -> Admitted? {
        guard let credential = try request.bearer() else { return nil }
        let admitted = try await holder(credential)
        guard Authorizer.allows(admitted.caller, .keysVerify) else { throw Problem(.forbidden) }
        return admitted
    }

    private func answer(
        _ body: VerifyKeyBody, at tenant: Tenant, _ asker: Admitted?, _ request: APIRequest
    ) async throws -> Response {
        let presented = PresentedKey(
            text: body.key, scopes: body.scopes, address: body.clientAddress ?? IPAddress(request.client.address),
            origin: body.origin(request))
        switch try await kernel.keyVerifier.verify(presented, in: tenant) {
        case .valid(let key):
            return .json(bytes: key.answer(of: tenant))
        case .refused(let refusal, _):
            return try .json(KeyVerdictView(refusal, tellsAll: asker?.tenant.id == tenant.id))
        }
    }
}

extension Gate {
    /// The tenant that an API key names, where it is served and not suspended.
    func servedTenant(ofKey key: SecretText) -> Tenant? {
        KeyAddress.find(in: key) == nil ? nil : servedTenant(of: key)
    }
}

extension Admitted {
    /// Who it is, by id.
    fileprivate var subject: String {
        if case .key(let id, _) = caller.actor { return id.description }
        return caller.actor.userID?.description ?? ""
    }
}

/// What a proxy demands of whoever it asks about.
private struct ForwardedDemand {
    private let scopes: Set<Permission>
    private let tenant: String?

    init(_ query: Query) throws(Problem) {
        let names = try query.text("scope", bytes: 1...1024)?.split(separator: " ").map(String.init) ?? []
        scopes = Set(names.compactMap(Permission.init))
        guard names.allSatisfy({ Permission(rawValue: $0) != nil }) else {
            throw Query.refusal(
                "scope", "unknown_scope", "names what is no permission", fix: "send permissions with blanks between")
        }
        tenant = try query.text("tenant", bytes: 1...64)
    }

    func isMet(by admitted: Admitted) -> Bool {
        let isThere = tenant.map { $0 == admitted.tenant.slug.text || $0 == admitted.tenant.id.description } ?? true
        return isThere && scopes.isSubset(of: admitted.caller.permissions)
    }
}

private struct VerifyKeyBody: JSONBody {
    let key: SecretText
    let scopes: Set<Permission>
    let clientAddress: IPAddress?

    init(reading body: BodyReader) {
        key = body.secret("key", bytes: KeyLimits.keyBytes)
        let names = body.optionalTexts(
            "scopes", count: 0...KeyLimits.scopeCount.upperBound, bytes: KeyLimits.scopeBytes, check: .scope)
        scopes = Set((names ?? []).compactMap(Permission.init))
        clientAddress = body.optionalText("client_address", bytes: KeyLimits.networkBytes, check: .address)
            .flatMap { IPAddress($0) }
    }

    /// Who used the key: the client that the asking service names, or the asker himself.
    func origin(_ request: APIRequest) -> RequestOrigin {
        guard let clientAddress else { return request.origin }
        let client = ClientNetwork(clientAddress)
        return RequestOrigin(
            address: client.address, network: client.network, userAgent: request.userAgent, requestID: request.id)
    }
}

private struct ReportLeakBody: JSONBody {
    let key: SecretText

    init(reading body: BodyReader) {
        key = body.secret("key", bytes: KeyLimits.keyBytes)
    }
}

extension VerifiedKey {
    /// What is answered about a key that is good: the same every time, so it is written once.
    fileprivate func answer(of tenant: Tenant) -> [UInt8] {
        rendering.bytes {
            FlatJSON.write { answer in
                answer.add("expires_at", RFC3339.write(endsAt))
                answer.add("key_id", key.description)
                answer.add("metadata", metadata)
                answer.add("name", name)
                answer.add("owner_id", owner?.description)
                answer.add("scopes", scopes)
                answer.add("secret_id", secret.description)
                answer.add("tenant", tenant.slug.text)
                answer.add("tenant_id", tenant.id.description)
                answer.add("valid", true)
            }
        }
    }
}

/// A key that is not good.
private struct KeyVerdictView: Encodable {
    /// What everybody is told, whatever is wrong.
    static let invalid = KeyVerdictView(code: "invalid_key", retryAfterSeconds: nil)

    let valid = false
    let code: String
    let retryAfterSeconds: Int?

    private init(code: String, retryAfterSeconds: Int?) {
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }

    init(_ refusal: KeyRefusal, tellsAll: Bool) {
        switch refusal {
        // Only a key that is good from where it is used comes to its limit, or lacks a scope.
        case .rateLimited(let seconds): self.init(code: refusal.code, retryAfterSeconds: seconds)
        case .insufficientScope: self.init(code: refusal.code, retryAfterSeconds: nil)
        default: self = tellsAll ? KeyVerdictView(code: refusal.code, retryAfterSeconds: nil) : .invalid
        }
    }
}
