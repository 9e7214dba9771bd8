import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// The roles of a tenant: the built-in ones to read, its own to read and write.
struct RoleRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [list, read, write] }

    private static let collection = "/v1/tenants/{tenant}/roles"

    private var list: Route {
        Route(.get, Self.collection, access: gate.permission(.rolesRead)) { _, admin in
            let roles = try await kernel.roles(of: admin.tenant).list()
            return try .json(Page(data: roles.map(RoleView.init), nextCursor: nil))
        }
    }

    private var read: Route {
        Route(.get, Self.collection + "/{name}", access: gate.permission(.rolesRead)) { request, admin in
            guard let role = try await kernel.roles(of: admin.tenant).role(request.parameter("name")) else {
                throw Problem(.notFound)
            }
            return try .json(RoleView(role), headers: [.eTag: EntityTag.write(role.version)])
        }
    }

    private var write: Route {
        Route(.put, Self.collection + "/{name}", access: gate.permission(.rolesWrite), body: WriteRoleBody.self) {
            request, admin, body in
            let name = request.parameter("name")
            if let problem = Role.problem(withName: name) {
                throw Problem(.badRequest, detail: "The role's name \(problem).")
            }
            let expected = try EntityTag.expected(in: request.headers)
            let outcome = try await kernel.roles(of: admin.tenant).write(
                name, permissions: body.permissions, expected: expected, by: admin.caller)
            let role = try outcome.value()
            return try .json(
                RoleView(role), status: expected == nil ? .created : .ok,
                headers: [.eTag: EntityTag.write(role.version)])
        }
    }
}

private struct WriteRoleBody: JSONBody {
    let permissions: Set<Permission>

    init(reading body: BodyReader) {
        let known = TextCheck(fix: "use permissions that GET roles shows") { text in
            Permission(rawValue: text) == nil ? "is no permission" : nil
        }
        let names = body.texts("permissions", count: 1...64, bytes: 1...64, check: known)
        permissions = Set(names.compactMap(Permission.init(rawValue:)))
    }
}
