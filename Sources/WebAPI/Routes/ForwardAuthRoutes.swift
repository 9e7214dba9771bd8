import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// Lets a proxy ask about the request that it holds back, by its `Authorization`.
struct ForwardAuthRoutes {
    let gate: Gate

    var routes: [Route] { [forwardAuth] }

    private var forwardAuth: Route {
        Route(.get, "/v1/forward-auth", access: gate.holder, query: ["scope", "tenant"]) { request, holder in
            let demand = try ForwardedDemand(request.query)
            guard demand.isMet(by: holder) else { throw Problem(.forbidden) }
            let scopes = holder.caller.permissions.map(\.rawValue).sorted().joined(separator: " ")
            return Response(
                status: .ok,
                headers: [
                    .gatehouseTenant: holder.tenant.slug.text, .gatehouseSubject: holder.subject,
                    .gatehouseScopes: scopes,
                ])
        }
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

    func isMet(by holder: Admitted) -> Bool {
        let isThere = tenant.map { $0 == holder.tenant.slug.text || $0 == holder.tenant.id.description } ?? true
        return isThere && scopes.isSubset(of: holder.caller.permissions)
    }
}

extension Admitted {
    /// Who it is, by id.
    fileprivate var subject: String {
        if case .key(let id, _) = caller.actor { return id.description }
        return caller.actor.userID?.description ?? ""
    }
}
