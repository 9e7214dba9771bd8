import Hummingbird
import Kernel
import PluginKit

/// How a tenant fares: tried as its clients do, with what is left to do.
struct DoctorRoutes {
    let gate: Gate
    let checks: TenantChecks

    var routes: [Route] { [read] }

    private var read: Route {
        Route(.get, "/v1/tenants/{tenant}/doctor", access: gate.operatorOr(.configRead)) { request, onlooker in
            let tenant = try await tenant(of: request, for: onlooker)
            return try .json(TenantDoctorView(checks: await checks.examine(tenant).map(TenantCheckView.init)))
        }
    }

    private func tenant(of request: APIRequest, for onlooker: Onlooker) async throws -> Tenant {
        switch onlooker {
        case .insider(let admitted): return admitted.tenant
        case .platformOperator:
            guard let tenant = try await gate.registry.tenant(named: request.parameter("tenant")) else {
                throw Problem(.tenantNotFound)
            }
            return tenant
        }
    }
}

private struct TenantDoctorView: Encodable {
    let checks: [TenantCheckView]
}
