package import Kernel
package import PluginKit
package import PluginTesting

/// A person with an authenticator app, at a tenant that offers second factors.
package struct EnrolledPerson: Sendable {
    package let tenant: TestTenant
    package let id: UserID
    package let login: String
    package let app: AuthenticatorApp
    package let recoveryCodes: [SecretText]
    package let tokens: IssuedTokens

    /// The code of this moment.
    package var code: SecretText { SecretText(app.code(at: tenant.clock.now)) }
    /// The client that ``tokens`` were issued to.
    package let origin: RequestOrigin

    /// The same person, without his factor.
    package var person: TestPerson { TestPerson(id: id, login: login, origin: origin, tokens: tokens) }
}

extension TestTenant {
    /// Somebody who came by an invitation and set his second factor up on the way, since his role asks for one. The clock
    /// stands in a step of its own afterwards, so that the first code is not in the way.
    package func enrolled(
        _ login: String = "\(unique())@example.com", roles: [String] = ["admin"]
    ) async throws -> EnrolledPerson {
        let invitations = try await services.invitations(of: tenant)
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
            transaction: transaction.token, factor: factor.id, code: SecretText(app.code(at: clock.now)),
            origin: origin
        ).get()
        guard case .complete(let tokens) = enrolled.step else { throw Refusal.stepUpRequired }
        clock.advance(by: .seconds(60))
        return EnrolledPerson(
            tenant: self, id: id, login: login, app: app, recoveryCodes: enrolled.recoveryCodes, tokens: tokens,
            origin: origin)
    }
}
