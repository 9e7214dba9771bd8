import Foundation
import Hummingbird
import Kernel
import PluginKit

/// Asking to become a person of a tenant, where it is open to that, and settling what was asked.
struct SignUpRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [ask, list, approve, decline] }

    private static let collection = "/v1/tenants/{tenant}/sign-up-requests"

    /// Anyone, at a tenant where strangers may ask; at any other there is nothing here.
    private var stranger: Access<Tenant> {
        Access(.anyone) { request in
            let tenant = try await gate.tenant(of: request)
            guard tenant.plan.signUp.isOpen else { throw Problem(.notFound) }
            return tenant
        }
    }

    private var ask: Route {
        Route(.post, "/t/{tenant}/sign-up", access: stranger, body: AskBody.self) { request, tenant, body in
            guard let login = body.login else { throw Problem(.invalidBody) }
            let asked = try await kernel.signUps(of: tenant).ask(
                login: login, displayName: body.displayName, origin: request.origin)
            try asked.value()
            return try .json(AskedView(), status: .accepted)
        }
    }

    private var list: Route {
        Route(.get, Self.collection, access: gate.permission(.invitationsRead), query: PageRequest.parameters) {
            request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let requests = try await kernel.signUps(of: admin.tenant).list(
                after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(requests, id: \.id, view: SignUpView.init)
        }
    }

    private var approve: Route {
        Route(
            .post, Self.collection + "/{id}/approve", access: gate.permission(.invitationsCreate),
            body: ApproveBody.self
        ) { request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once {
                let new = try await kernel.signUps(of: admin.tenant).approve(
                    try request.identifier("id"), roles: body.roles, by: admin.caller)
                return try JSONAnswer(NewInvitationView(try new.value()), status: .created)
            }
        }
    }

    private var decline: Route {
        Route(.post, Self.collection + "/{id}/decline", access: gate.permission(.invitationsCreate)) { request, admin in
            let signUps = try await kernel.signUps(of: admin.tenant)
            try await signUps.decline(try request.identifier("id"), by: admin.caller).value()
            return .noContent
        }
    }
}

private struct AskBody: JSONBody {
    let login: Login?
    let displayName: DisplayName?

    init(reading body: BodyReader) {
        login = Login(body.text("login", bytes: FieldLimits.loginBytes, check: .login))
        displayName = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
            .flatMap(DisplayName.init)
    }
}

private struct ApproveBody: JSONBody {
    static let mayBeAbsent = true

    let roles: [String]

    init(reading body: BodyReader) {
        roles = body.optionalTexts("roles", count: FieldLimits.roleCount, bytes: FieldLimits.roleNameBytes) ?? []
    }
}

/// What everybody is told who asks.
private struct AskedView: Encodable {
    let status = "received"

    private enum CodingKeys: CodingKey {
        case status
    }
}

/// A request as those see it who may settle it.
private struct SignUpView: Encodable {
    let id: SignUpID
    let login: String
    let displayName: String?
    let createdAt: Date
    let expiresAt: Date

    init(_ request: SignUpRequest) {
        id = request.id
        login = request.login
        displayName = request.displayName
        createdAt = request.createdAt
        expiresAt = request.expiresAt
    }
}
