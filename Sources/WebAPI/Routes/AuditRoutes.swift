import Hummingbird
import Kernel
import PluginKit

/// The audit trail of a tenant.
struct AuditRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [list] }

    private var list: Route {
        Route(
            .get, "/v1/tenants/{tenant}/audit-events", access: gate.permission(.auditRead),
            query: PageRequest.parameters.union(["type", "actor", "after", "before"])
        ) { request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let filter = AuditFilter(
                type: try request.query.text("type", bytes: 1...64),
                actor: try request.query.text("actor", bytes: 1...64),
                after: try request.query.time("after"), before: try request.query.time("before"))
            let events = try await kernel.auditTrail(of: admin.tenant).events(
                filter, before: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(events, id: \.id, view: AuditEventView.init)
        }
    }
}
