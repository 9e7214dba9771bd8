import Hummingbird
import Kernel
import PluginKit

/// Where services learn whether an API key is good, and where a leaked one is reported.
///
/// Anyone may ask: whoever has the key learns no more than what it allows. Why a key is not good is told only to
/// somebody of the same tenant who may verify keys.
struct KeyVerificationRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [verifyAtTenant, verify, reportLeak] }

    private var verifyAtTenant: Route {
        Route(
            .post, "/v1/tenants/{tenant}/api-keys/verify", access: gate.inquirer, body: VerifyKeyBody.self,
            handler: answer)
    }

    private var verify: Route {
        Route(
            .post, "/v1/api-keys/verify", access: gate.unnamedInquirer, body: VerifyKeyBody.self, handler: answer)
    }

    private var reportLeak: Route {
        Route(.post, "/v1/api-keys/report-leak", access: .anyone, body: ReportLeakBody.self) { request, _, body in
            // A key of a suspended tenant would be good again one day.
            if let address = KeyAddress.find(in: body.key) {
                if let tenant = try await gate.registry.tenant(tag: address.tenant) {
                    try await kernel.leakReports(of: tenant).report(body.key, from: request.origin)
                } else {
                    try await kernel.spendKeyLookUp(of: body.key, by: request.client.network)
                }
            }
            return Response(status: .accepted)
        }
    }

    @Sendable private func answer(
        _ request: APIRequest, _ inquiry: KeyInquiry, _ body: VerifyKeyBody
    ) async throws -> Response {
        let presented = body.presented(request, stranger: inquiry.asker == nil ? request.client.network : nil)
        let (verdict, tenant) =
            if let tenant = inquiry.tenant {
                (try await kernel.keyVerifier.verify(presented, in: tenant), Optional(tenant))
            } else {
                try await gate.verdict(on: presented)
            }
        switch verdict {
        case .valid(let key):
            guard let tenant else { return try .json(KeyVerdictView.invalid) }
            return .json(bytes: key.answer(of: tenant))
        case .refused(let refusal, _):
            let tellsAll = tenant.map { $0.id == inquiry.asker?.tenant.id } ?? false
            return try .json(KeyVerdictView(refusal, tellsAll: tellsAll))
        }
    }
}

private struct VerifyKeyBody: JSONBody {
    private let key: SecretText
    private let scopes: [Permission]
    private let clientAddress: IPAddress?

    init(reading body: BodyReader) {
        key = body.secret("key", bytes: KeyLimits.keyBytes)
        scopes = body.optionalScopes("scopes", count: 0...KeyLimits.scopeCount.upperBound) ?? []
        clientAddress = body.optionalText("client_address", bytes: KeyLimits.networkBytes, check: .address)
            .flatMap { IPAddress($0) }
    }

    /// The key, used by the client that the asking service names, or by the asker himself.
    func presented(_ request: APIRequest, stranger: String?) -> PresentedKey {
        guard let clientAddress else {
            return PresentedKey(
                text: key, scopes: Set(scopes), address: IPAddress(request.client.address), origin: request.origin,
                stranger: stranger)
        }
        let client = ClientNetwork(clientAddress)
        let origin = RequestOrigin(
            address: client.address, network: client.network, userAgent: request.userAgent, requestID: request.id)
        return PresentedKey(
            text: key, scopes: Set(scopes), address: clientAddress, origin: origin, stranger: stranger)
    }
}

private struct ReportLeakBody: JSONBody {
    let key: SecretText

    init(reading body: BodyReader) {
        key = body.secret("key", bytes: KeyLimits.keyBytes)
    }
}
