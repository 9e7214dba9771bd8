import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting

@testable import Kernel

/// A person with an authenticator app, at a tenant that offers second factors.
struct Enrolled: Sendable {
    let tenant: TestTenant
    let id: UserID
    let login: String
    let app: AuthenticatorApp
    let recoveryCodes: [SecretText]
    let tokens: IssuedTokens
    let origin: RequestOrigin

    /// The code of this moment.
    var code: SecretText { SecretText(app.code(at: tenant.clock.now)) }

    /// Signs in by password as far as the second factor.
    func pending(from origin: RequestOrigin = .test()) async throws -> SecretText {
        guard case .proveSecondFactor(let transaction, _) = try await tenant.signIn(login, from: origin) else {
            throw Refusal.noFactor
        }
        return transaction.token
    }

    /// Takes the step of the second factor.
    func prove(
        _ code: SecretText, _ transaction: SecretText? = nil, kind: FactorKind = "totp",
        device: DeviceClaim = DeviceClaim(), from origin: RequestOrigin = .test()
    ) async throws -> Outcome<SignIn.Step> {
        let transaction = if let transaction { transaction } else { try await pending() }
        return try await tenant.services.signIn(to: tenant.tenant).proveSecondFactor(
            transaction: transaction, kind: kind, code: code, device: device, origin: origin)
    }

    /// The live session of the tokens.
    func session() async throws -> LiveSession {
        guard let session = try await tenant.session(of: tokens) else { throw Refusal.notFound }
        return session
    }
}

extension TestTenant {
    /// Somebody who came by an invitation and set his second factor up on the way. The clock stands in a step of its own
    /// afterwards, so that the first code is not in the way.
    func enrolled(_ login: String = "\(unique())@example.com", roles: [String] = ["admin"]) async throws -> Enrolled {
        let made = try await invitations.createPerson(
            login: login.asLogin(), displayName: nil, roles: roles, by: .hostOperator(.test())
        ).get()
        let origin = RequestOrigin.test()
        let accepted = try await invitations.accept(
            made.token, password: TestPerson.password, displayName: nil, origin: origin
        ).get()
        guard case .enroll(let transaction, _, _) = accepted, let id = made.invitation.user else {
            throw Refusal.notFound
        }
        let signIn = try await services.signIn(to: tenant)
        let factor = try await signIn.beginEnrollment(
            transaction: transaction.token, kind: "totp", ticket: nil, origin: origin
        ).get()
        let app = try AuthenticatorApp(scanning: factor.offer.uri)
        let enrolled = try await signIn.confirmEnrollment(
            transaction: transaction.token, factor: factor.id, code: SecretText(app.code(at: clock.now)), origin: origin
        ).get()
        guard let tokens = enrolled.step.tokens else { throw Refusal.stepUpRequired }
        clock.advance(by: .seconds(60))
        return Enrolled(
            tenant: self, id: id, login: login, app: app, recoveryCodes: enrolled.recoveryCodes, tokens: tokens,
            origin: origin)
    }

    /// Somebody with a password, whose roles may ask for a second factor that he has not; not signed in.
    func newcomer(_ login: String = "\(unique())@example.com", roles: [String] = ["admin"]) async throws -> UserID {
        let made = try await invitations.createPerson(
            login: login.asLogin(), displayName: nil, roles: roles, by: .hostOperator(.test())
        ).get()
        let outcome = try await invitations.accept(
            made.token, password: TestPerson.password, displayName: nil, origin: .test())
        _ = try outcome.get()
        guard let id = made.invitation.user else { throw Refusal.notFound }
        return id
    }
}
