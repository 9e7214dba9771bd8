import Hummingbird
import Kernel
import PluginKit

/// Invitations into a tenant, for those who administer it.
struct InvitationRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [create, list, revoke] }

    private static let collection = "/v1/tenants/{tenant}/invitations"

    private var create: Route {
        Route(.post, Self.collection, access: gate.permission(.invitationsCreate), body: InviteBody.self) {
            request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once {
                guard let login = body.login else { throw Problem(.invalidBody) }
                let new = try await kernel.invitations(of: admin.tenant).create(
                    login: login, displayName: body.displayName, roles: body.roles, by: admin.caller)
                return try JSONAnswer(NewInvitationView(try new.value()), status: .created)
            }
        }
    }

    private var list: Route {
        Route(.get, Self.collection, access: gate.permission(.invitationsRead), query: PageRequest.parameters) {
            request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let invitations = try await kernel.invitations(of: admin.tenant).list(
                after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(invitations, id: \.id, view: InvitationView.init)
        }
    }

    private var revoke: Route {
        Route(.delete, Self.collection + "/{id}", access: gate.permission(.invitationsRevoke)) { request, admin in
            let invitations = try await kernel.invitations(of: admin.tenant)
            try await invitations.revoke(try request.identifier("id"), by: admin.caller).value()
            return .noContent
        }
    }
}

private struct InviteBody: JSONBody {
    let login: Login?
    let displayName: DisplayName?
    let roles: [String]

    init(reading body: BodyReader) {
        login = Login(body.text("login", bytes: FieldLimits.loginBytes, check: .login))
        displayName = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
            .flatMap(DisplayName.init)
        roles = body.optionalTexts("roles", count: FieldLimits.roleCount, bytes: FieldLimits.roleNameBytes) ?? []
    }
}
