import Hummingbird
import Kernel
import PluginKit

/// The platform, for its operators: which tenants there are. Nothing from inside a tenant.
struct PlatformRoutes {
    let gate: Gate
    let kernel: KernelServices
    let tenants: TenantRecords

    var routes: [Route] { [list, read] }

    private var list: Route {
        Route(.get, "/v1/tenants", access: gate.operatorKey, query: PageRequest.parameters) { request, _ in
            let paging = try Paging(request, tenant: "", macs: try kernel.platformCursorMACs())
            let records = try await tenants.list(after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(records, id: \.id, view: TenantView.init)
        }
    }

    private var read: Route {
        Route(.get, "/v1/tenants/{tenant}", access: gate.operatorKey) { request, _ in
            let name = request.parameter("tenant")
            let found =
                if let id = TenantID(name) { try await tenants.find(id: id) } else {
                    try await tenants.find(slug: name)
                }
            guard let record = found else { throw Problem(.tenantNotFound) }
            return try .json(TenantView(record))
        }
    }
}
