import Hummingbird
import Kernel
import PluginKit

/// The people of a tenant, for those who administer it.
struct UserRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [create, list, read, update, delete, suspend, resume, revokeSessions, assignRoles] }

    private static let collection = "/v1/tenants/{tenant}/users"
    private static let item = "/v1/tenants/{tenant}/users/{id}"

    private var create: Route {
        Route(.post, Self.collection, access: gate.permission(.usersCreate), body: CreateUserBody.self) {
            request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once {
                let user = try await kernel.people(of: admin.tenant).create(body.user, by: admin.caller).value()
                return try JSONAnswer(UserView(user), status: .created)
            }
        }
    }

    private var list: Route {
        Route(.get, Self.collection, access: gate.permission(.usersRead), query: PageRequest.parameters) {
            request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let users = try await kernel.people(of: admin.tenant).list(
                after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(users, id: \.id, view: UserView.init)
        }
    }

    private var read: Route {
        Route(.get, Self.item, access: gate.permission(.usersRead)) { request, admin in
            guard let user = try await kernel.people(of: admin.tenant).user(try request.identifier("id")) else {
                throw Problem(.notFound)
            }
            return try .json(UserView(user))
        }
    }

    private var update: Route {
        Route(.patch, Self.item, access: gate.permission(.usersUpdate), body: UpdateUserBody.self) {
            request, admin, body in
            let people = try await kernel.people(of: admin.tenant)
            let user = try await people.update(try request.identifier("id"), to: body.changes, by: admin.caller).value()
            return try .json(UserView(user))
        }
    }

    private var delete: Route {
        Route(.delete, Self.item, access: gate.permission(.usersDelete)) { request, admin in
            let people = try await kernel.people(of: admin.tenant)
            try await people.delete(try request.identifier("id"), by: admin.caller).value()
            return .noContent
        }
    }

    private var suspend: Route {
        Route(.post, Self.item + "/suspend", access: gate.permission(.usersSuspend)) { request, admin in
            let people = try await kernel.people(of: admin.tenant)
            return try .json(UserView(try await people.suspend(try request.identifier("id"), by: admin.caller).value()))
        }
    }

    private var resume: Route {
        Route(.post, Self.item + "/resume", access: gate.permission(.usersSuspend)) { request, admin in
            let people = try await kernel.people(of: admin.tenant)
            return try .json(UserView(try await people.resume(try request.identifier("id"), by: admin.caller).value()))
        }
    }

    private var revokeSessions: Route {
        Route(.post, Self.item + "/sessions/revoke", access: gate.permission(.sessionsRevoke)) { request, admin in
            let people = try await kernel.people(of: admin.tenant)
            let ended = try await people.revokeSessions(of: try request.identifier("id"), by: admin.caller).value()
            return try .json(RevokedSessionsView(sessionsEnded: ended))
        }
    }

    private var assignRoles: Route {
        Route(.put, Self.item + "/roles", access: gate.permission(.rolesAssign), body: AssignRolesBody.self) {
            request, admin, body in
            let people = try await kernel.people(of: admin.tenant)
            let user = try await people.setRoles(body.roles, of: try request.identifier("id"), by: admin.caller).value()
            return try .json(UserView(user))
        }
    }
}

private struct RevokedSessionsView: Encodable {
    let sessionsEnded: Int
}

private struct CreateUserBody: JSONBody {
    private let login: Login?
    private let displayName: DisplayName?
    private let roles: [String]
    private let password: SecretText?

    init(reading body: BodyReader) {
        login = Login(body.text("login", bytes: FieldLimits.loginBytes, check: .login))
        displayName = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
            .flatMap(DisplayName.init)
        roles = body.optionalTexts("roles", count: FieldLimits.roleCount, bytes: FieldLimits.roleNameBytes) ?? []
        password = body.optionalSecret("password", bytes: 1...FieldLimits.passwordBytes)
    }

    var user: NewUser {
        get throws(Problem) {
            guard let login else { throw Problem(.invalidBody) }
            return NewUser(login: login, displayName: displayName, roles: roles, password: password)
        }
    }
}

private struct UpdateUserBody: JSONBody {
    let changes: UserChanges

    init(reading body: BodyReader) {
        let login = body.optionalText("login", bytes: FieldLimits.loginBytes, check: .login)
        let name = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
        changes = UserChanges(login: login.flatMap { Login($0) }, displayName: name.flatMap(DisplayName.init))
    }
}

private struct AssignRolesBody: JSONBody {
    let roles: [String]

    init(reading body: BodyReader) {
        roles = body.texts("roles", count: FieldLimits.roleCount, bytes: FieldLimits.roleNameBytes)
    }
}
