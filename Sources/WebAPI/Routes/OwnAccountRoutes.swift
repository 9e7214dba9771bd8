import Foundation
import Hummingbird
import Kernel
import PluginKit

/// What a person does with his own account.
struct OwnAccountRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [profile, rename, changePassword, sessions, endSession] }

    private var profile: Route {
        Route(.get, "/t/{tenant}/me", access: gate.person) { _, person in
            guard let user = try await kernel.ownAccount(in: person.tenant).profile(of: person.session) else {
                throw Problem(.notFound)
            }
            return try .json(ProfileView(user, person.standing(at: kernel.now())))
        }
    }

    private var rename: Route {
        Route(.patch, "/t/{tenant}/me", access: gate.person, body: RenameBody.self) { _, person, body in
            let account = try await kernel.ownAccount(in: person.tenant)
            guard let name = body.displayName else {
                guard let user = try await account.profile(of: person.session) else { throw Problem(.notFound) }
                return try .json(ProfileView(user, person.standing(at: kernel.now())))
            }
            let outcome = try await account.rename(to: name, person.session, by: person.caller)
            return try .json(ProfileView(try outcome.value(), person.standing(at: kernel.now())))
        }
    }

    private var changePassword: Route {
        Route(.post, "/t/{tenant}/me/password", access: gate.person, body: ChangePasswordBody.self) { _, person, body in
            let outcome = try await kernel.ownAccount(in: person.tenant).changePassword(
                from: body.currentPassword, to: body.newPassword, person.session, by: person.caller)
            try outcome.value(passwordPointer: "/new_password")
            return .noContent
        }
    }

    private var sessions: Route {
        Route(.get, "/t/{tenant}/me/sessions", access: gate.person) { _, person in
            let list = try await kernel.sessions(of: person.tenant).list(of: person.session.person.user)
            let views = list.map { SessionView($0, isCurrent: $0.id == person.session.id) }
            return try .json(Page(data: views, nextCursor: nil))
        }
    }

    private var endSession: Route {
        Route(.delete, "/t/{tenant}/me/sessions/{id}", access: gate.person) { request, person in
            let id: SessionID = try request.identifier("id")
            let isEnded = try await kernel.sessions(of: person.tenant).end(
                id, of: person.session.person.user, because: .revokedByPerson, by: person.caller)
            guard isEnded else { throw Problem(.notFound) }
            return .noContent
        }
    }
}

extension SignedIn {
    /// How the person stands to the tenant's rule of second factors.
    func standing(at now: Date) -> SecondFactorStanding {
        SecondFactorStanding(session.person, under: tenant.policy.secondFactor, at: now)
    }
}

private struct RenameBody: JSONBody {
    let displayName: DisplayName?

    init(reading body: BodyReader) {
        displayName = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
            .flatMap(DisplayName.init)
    }
}

private struct ChangePasswordBody: JSONBody {
    let currentPassword: SecretText
    let newPassword: SecretText

    init(reading body: BodyReader) {
        currentPassword = body.secret("current_password", bytes: 1...FieldLimits.passwordBytes)
        newPassword = body.secret("new_password", bytes: 1...FieldLimits.passwordBytes)
    }
}
