import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// A tenant's configuration: its people may read it, operators change it.
struct ConfigRoutes {
    let gate: Gate
    let kernel: KernelServices
    let tenants: TenantRecords
    let configurations: TenantConfigurations

    var routes: [Route] { [read, write, plan, rollback, revisions, revision] }

    private static let place = "/v1/tenants/{tenant}/config"

    private var read: Route {
        Route(.get, Self.place, access: gate.operatorOr(.configRead)) { request, onlooker in
            let record = try await record(of: request, for: onlooker)
            guard let found = try await configurations.inForce(record) else { throw Problem(.tenantNotFound) }
            return ConfigView(found).response
        }
    }

    private var write: Route {
        Route(.put, Self.place, access: gate.operatorKey, body: ConfigBody.self) { request, id, body in
            let record = try await record(of: request, at: try Self.revision(in: request))
            let author = OnboardingAuthor.operator(id, origin: request.origin)
            return try await bringInForce(
                ConfigurationChange(record: record, document: body.document), of: body.document, by: author
            ).response
        }
    }

    private var plan: Route {
        Route(.post, Self.place + "/plan", access: gate.operatorKey, body: ConfigBody.self) { request, _, body in
            let record = try await record(named: request.parameter("tenant"))
            let change = ConfigurationChange(record: record, document: body.document)
            let plan = try await refusing(body.document) { try await configurations.preview(change) }
            return try .json(ConfigPlanView(plan))
        }
    }

    private var rollback: Route {
        Route(.post, Self.place + "/rollback", access: gate.operatorKey, body: RollbackBody.self) {
            request, id, body in
            let author = OnboardingAuthor.operator(id, origin: request.origin)
            return try await once(request, by: author) {
                let record = try await record(of: request, at: try Self.revision(in: request))
                guard let change = try await configurations.change(of: record, backTo: body.revision) else {
                    throw Problem(.notFound)
                }
                return try await bringInForce(change, of: SettingsNode(.null, line: 1), by: author)
            }
        }
    }

    private var revisions: Route {
        Route(
            .get, Self.place + "/revisions", access: gate.operatorOr(.configRead), query: PageRequest.parameters
        ) { request, onlooker in
            let record = try await record(of: request, for: onlooker)
            let paging = try Paging(request, tenant: "\(record.id)", macs: try kernel.platformCursorMACs())
            let found = try await configurations.revisions(of: record.id).list(
                before: try paging.number(), limit: paging.fetchLimit)
            return try paging.answer(found, number: \.number, view: RevisionView.init)
        }
    }

    private var revision: Route {
        Route(.get, Self.place + "/revisions/{number}", access: gate.operatorOr(.configRead)) { request, onlooker in
            let record = try await record(of: request, for: onlooker)
            guard let number = Int(request.parameter("number")), number > 0,
                let found = try await configurations.revision(number, of: record.id)
            else { throw Problem(.notFound) }
            return ConfigView(found).response
        }
    }
}

// MARK: Parts

extension ConfigRoutes {
    private func record(of request: APIRequest, for onlooker: Onlooker) async throws -> TenantRecord {
        switch onlooker {
        case .platformOperator: return try await record(named: request.parameter("tenant"))
        case .insider(let admitted): return try await record(named: "\(admitted.tenant.id)")
        }
    }

    private func record(named name: String) async throws -> TenantRecord {
        guard let record = try await tenants.find(named: name), record.state == .active || record.state == .suspended
        else { throw Problem(.tenantNotFound) }
        return record
    }

    /// The tenant, whose configuration is one that may be changed and stands at this revision.
    private func record(of request: APIRequest, at revision: Int) async throws -> TenantRecord {
        let record = try await record(named: request.parameter("tenant"))
        guard record.managedBy == .api else { throw Problem(.managedByFile) }
        guard record.revision == revision else { throw Problem(.preconditionFailed) }
        return record
    }

    private static func revision(in request: APIRequest) throws(Problem) -> Int {
        guard let revision = try EntityTag.expected(in: request.headers) else { throw Problem(.preconditionRequired) }
        return revision
    }

    private func bringInForce(
        _ change: ConfigurationChange, of document: SettingsNode, by author: OnboardingAuthor
    ) async throws -> ConfigView {
        try await refusing(document) {
            let done = try await configurations.bringInForce(change, by: author)
            let number = done.isNew ? done.tenant.revision : change.record.revision
            guard let found = try await configurations.revision(number, of: change.record.id) else {
                throw Problem(.tenantNotFound)
            }
            return ConfigView(found)
        }
    }

    private func refusing<Value>(_ document: SettingsNode, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let refusal as OnboardingRefusal {
            throw Problem(refusal, document: document, at: JSONPointer().appending("document"))
        }
    }

    /// Does the deed once for each `Idempotency-Key`. A tenant that does not open keeps no answers; going back is how to
    /// mend it, and `If-Match` keeps a repetition from doing anything.
    private func once(
        _ request: APIRequest, by author: OnboardingAuthor, _ deed: () async throws -> ConfigView
    ) async throws -> Response {
        let record = try await record(named: request.parameter("tenant"))
        let tenant: Tenant?
        do { tenant = try await gate.registry.tenant(id: record.id) } catch is TenantUnavailable { tenant = nil }
        guard let tenant else { return try await deed().response }
        let repetition = try await Repetition(request, by: author.caller, in: tenant, kernel: kernel)
        return try await repetition.once { JSONAnswer(status: .ok, body: try await deed().bytes) }
    }
}
