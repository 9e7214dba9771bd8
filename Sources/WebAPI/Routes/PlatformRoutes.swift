import HTTPTypes
import Hummingbird
package import Kernel
import PluginKit

/// The platform, for its operators: which tenants there are, making them, suspending them. Nothing from inside a tenant.
struct PlatformRoutes {
    let gate: Gate
    let kernel: KernelServices
    let services: PlatformServices

    var routes: [Route] { [list, read, put, suspend, resume] }

    private var tenants: TenantRecords { services.records }

    private var list: Route {
        Route(.get, "/v1/tenants", access: gate.operatorKey, query: PageRequest.parameters) { request, _ in
            let paging = try Paging(request, tenant: "", macs: try kernel.platformCursorMACs())
            let records = try await tenants.list(after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(records, id: \.id, view: TenantView.init)
        }
    }

    private var read: Route {
        Route(.get, "/v1/tenants/{tenant}", access: gate.operatorKey) { request, _ in
            try .json(TenantView(try await record(request)))
        }
    }

    private var put: Route {
        Route(.put, "/v1/tenants/{tenant}", access: gate.operatorKey, body: PutTenantBody.self) {
            request, operatorID, body in
            let wish = try body.wish(slug: request.parameter("tenant"), mustBeNew: try request.mustBeNew())
            let author = OnboardingAuthor.operator(operatorID, origin: request.origin)
            return try await answer(try await onboard(wish, by: author, repeat: try request.repeat(by: operatorID)))
        }
    }

    private var suspend: Route { change("suspend", to: .suspended) }

    private var resume: Route { change("resume", to: .active) }

    private func change(_ word: String, to state: TenantRecord.State) -> Route {
        Route(.post, "/v1/tenants/{tenant}/\(word)", access: gate.operatorKey) { request, operatorID in
            let record = try await record(request)
            let author = PlatformAuthor.operator(operatorID, requestID: request.id)
            guard let changed = try await tenants.set(state, of: record.id, by: author) else {
                throw Problem(.tenantNotFound)
            }
            // Other nodes hear of it; this one need not wait for that.
            gate.registry.forget(record.id, slug: TenantSlug(record.slug))
            return try .json(TenantView(changed))
        }
    }

    // MARK: Parts

    private func record(_ request: APIRequest) async throws -> TenantRecord {
        guard let record = try await tenants.find(named: request.parameter("tenant")) else {
            throw Problem(.tenantNotFound)
        }
        return record
    }

    private func onboard(
        _ wish: OnboardingWish, by author: OnboardingAuthor, repeat: OnboardingRepeat?
    ) async throws -> OnboardingOutcome {
        do {
            return try await services.onboarding.run(wish, by: author, repeat: `repeat`)
        } catch let refusal as OnboardingRefusal {
            throw Problem(making: refusal, by: wish.configuration)
        }
    }

    /// The answer, with what is shown once and with checks as they come out now.
    private func answer(_ outcome: OnboardingOutcome) async throws -> Response {
        switch outcome {
        case .usedForAnotherRequest: throw Problem(.idempotencyKeyReused)
        case .stillRunning: throw Problem(.idempotencyInProgress, retryAfterSeconds: 1)
        case .done(let done):
            return try await answer(done.tenant, handedOut: HandedOut(done), status: done.isNew ? .created : .ok)
        case .repeated(let tenant, let status, let kept):
            return try await answer(tenant, handedOut: try HandedOut(kept), status: .init(code: status))
        }
    }

    private func answer(
        _ tenant: Tenant, handedOut: HandedOut, status: HTTPResponse.Status
    ) async throws -> Response {
        guard let record = try await tenants.find(id: tenant.id) else { throw Problem(.tenantNotFound) }
        let view = OnboardedView(
            tenant: TenantView(record), issuer: tenant.issuer, handedOut: handedOut,
            checks: await services.checks.run(tenant).map(TenantCheckView.init))
        return try .json(view, status: status)
    }
}

/// What the platform's routes work with.
package struct PlatformServices: Sendable {
    package let records: TenantRecords
    package let onboarding: Onboarding
    package let checks: TenantChecks
    package let offboarding: Offboarding
    package let domains: TenantDomains
    package let configurations: TenantConfigurations

    package init(
        records: TenantRecords, onboarding: Onboarding, checks: TenantChecks, offboarding: Offboarding,
        domains: TenantDomains, configurations: TenantConfigurations
    ) {
        self.records = records
        self.onboarding = onboarding
        self.checks = checks
        self.offboarding = offboarding
        self.domains = domains
        self.configurations = configurations
    }
}

extension APIRequest {
    /// Whether the request makes or changes nothing that exists: `If-None-Match: *` (RFC 9110, 13.1.2).
    fileprivate func mustBeNew() throws(Problem) -> Bool {
        guard let text = headers[.ifNoneMatch] else { return false }
        guard text == "*" else {
            throw Problem(
                .badRequest, detail: "`If-None-Match` must be `*` here: there is one tenant of a slug or none.")
        }
        return true
    }

    /// How the request is to be repeated, where it has an `Idempotency-Key`.
    fileprivate func `repeat`(by operatorID: OperatorID) throws(Problem) -> OnboardingRepeat? {
        try Repetition.key(in: headers).map { key in
            OnboardingRepeat(
                key: key, credential: operatorID.description, route: "\(method.rawValue) \(path)", request: body,
                answer: { try ResponseEncoding.encode(HandedOut($0)) })
        }
    }
}
