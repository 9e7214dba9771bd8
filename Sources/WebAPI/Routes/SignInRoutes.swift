import Hummingbird
import Kernel
import PluginKit

/// Signing in, staying in, signing out.
struct SignInRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [login, loginPassword, refresh, logout, acceptInvitation] }

    private var login: Route {
        Route(.post, "/t/{tenant}/login", access: gate.visitor, body: LoginBody.self) { request, tenant, body in
            let signIn = try await kernel.signIn(to: tenant)
            return try SignInAnswer.response(
                try await signIn.withPassword(
                    login: body.login, password: body.password, device: body.device, origin: request.origin))
        }
    }

    private var loginPassword: Route {
        Route(.post, "/t/{tenant}/login/password", access: gate.visitor, body: NewPasswordBody.self) {
            request, tenant, body in
            let outcome = try await kernel.signIn(to: tenant).changePassword(
                transaction: body.transaction, newPassword: body.newPassword, origin: request.origin)
            return try SignInAnswer.response(try outcome.value(passwordPointer: "/new_password"))
        }
    }

    private var refresh: Route {
        Route(.post, "/t/{tenant}/refresh", access: gate.visitor, body: RefreshBody.self) { request, tenant, body in
            switch try await kernel.sessions(of: tenant).refresh(body.refreshToken, origin: request.origin) {
            case .issued(let tokens): return try .json(SignInAnswer.Complete(tokens))
            case .refused: throw Problem(.invalidRefreshToken)
            }
        }
    }

    /// With an access token or a refresh token; one that is over already is as good as signed out.
    private var logout: Route {
        Route(.post, "/t/{tenant}/logout", access: gate.visitor, body: LogoutBody.self) { request, tenant, body in
            let sessions = try await kernel.sessions(of: tenant)
            if let token = body.refreshToken {
                try await sessions.signOut(refreshToken: token, origin: request.origin)
                return .noContent
            }
            let token = try request.requiredBearer().withExposed { $0 }
            guard let session = try await kernel.session(forAccessToken: token, in: tenant) else {
                throw Problem(.unauthenticated)
            }
            let user = session.person.user
            let caller = Caller(actor: .person(user, session: session.id), permissions: [], origin: request.origin)
            _ = try await sessions.end(session.id, of: user, because: .signOut, by: caller)
            return .noContent
        }
    }

    private var acceptInvitation: Route {
        Route(.post, "/t/{tenant}/invitations/accept", access: gate.visitor, body: AcceptInvitationBody.self) {
            request, tenant, body in
            let outcome = try await kernel.invitations(of: tenant).accept(
                body.token, password: body.password, displayName: body.displayName, origin: request.origin)
            return try SignInAnswer.response(try outcome.value())
        }
    }
}

private struct LoginBody: JSONBody {
    let login: String
    let password: SecretText
    let device: DeviceClaim

    init(reading body: BodyReader) {
        login = body.text("login", bytes: 1...1024)
        password = body.secret("password", bytes: 1...FieldLimits.passwordBytes)
        device = DeviceClaim(reading: body)
    }
}

private struct NewPasswordBody: JSONBody {
    let transaction: SecretText
    let newPassword: SecretText

    init(reading body: BodyReader) {
        transaction = body.secret("transaction", bytes: FieldLimits.tokenBytes)
        newPassword = body.secret("new_password", bytes: 1...FieldLimits.passwordBytes)
    }
}

private struct RefreshBody: JSONBody {
    let refreshToken: SecretText

    init(reading body: BodyReader) {
        refreshToken = body.secret("refresh_token", bytes: FieldLimits.tokenBytes)
    }
}

private struct LogoutBody: JSONBody {
    static let mayBeAbsent = true

    let refreshToken: SecretText?

    init(reading body: BodyReader) {
        refreshToken = body.optionalSecret("refresh_token", bytes: FieldLimits.tokenBytes)
    }
}

private struct AcceptInvitationBody: JSONBody {
    let token: SecretText
    let password: SecretText
    let displayName: DisplayName?

    init(reading body: BodyReader) {
        token = body.secret("token", bytes: FieldLimits.tokenBytes)
        password = body.secret("password", bytes: 1...FieldLimits.passwordBytes)
        displayName = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
            .flatMap(DisplayName.init)
    }
}
