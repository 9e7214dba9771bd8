package import Kernel
package import PluginKit

/// A person of a test's tenant who has a password and is signed in.
package struct TestPerson: Sendable {
    package let id: UserID
    package let login: String
    /// The client that ``tokens`` were issued to.
    package let origin: RequestOrigin
    package let tokens: IssuedTokens

    /// What every person of a test has for a password.
    package static var password: SecretText { SecretText("nine purple lanterns drift") }
}

extension TestTenant {
    /// Makes a person without a password; costs no hash.
    package func person(_ login: String = "\(unique())@example.com", roles: [String] = []) async throws -> User {
        let new = NewUser(login: login.asLogin(), roles: roles)
        return try await services.people(of: tenant).create(new, by: .hostOperator(.test())).get()
    }

    /// Makes a person with a password, who is signed in by taking up an invitation.
    package func signedIn(
        _ login: String = "\(unique())@example.com", roles: [String] = []
    ) async throws -> TestPerson {
        let invitations = try await services.invitations(of: tenant)
        let made = try await invitations.createPerson(
            login: login.asLogin(), displayName: nil, roles: roles, by: .hostOperator(.test())
        ).get()
        let origin = RequestOrigin.test()
        let accepted = try await invitations.accept(
            made.token, password: TestPerson.password, displayName: nil, origin: origin)
        guard let id = made.invitation.user else { throw Refusal.notFound }
        guard case .complete(let tokens) = try accepted.get() else { throw Refusal.stepUpRequired }
        return TestPerson(id: id, login: login, origin: origin, tokens: tokens)
    }

    /// The live session of an access token.
    package func session(of tokens: IssuedTokens) async throws -> LiveSession? {
        try await services.session(forAccessToken: tokens.accessToken.withExposed { $0 }, in: tenant)
    }

    /// The person as one who asks for something, with all that his roles allow at this moment.
    package func caller(_ person: TestPerson) async throws -> Caller {
        guard let session = try await session(of: person.tokens) else { throw Refusal.notFound }
        return Caller(
            actor: .person(person.id, session: session.id), permissions: session.person.permissions,
            origin: person.origin)
    }

    /// Events of a type, newest first.
    package func events(_ type: AuditEventType) async throws -> [RecordedEvent] {
        try await services.auditTrail(of: tenant).events(AuditFilter(type: type.rawValue), before: nil, limit: 200)
    }
}

extension Outcome {
    /// The value of what was done.
    ///
    /// - Throws: the ``Refusal``, where it was declined.
    package func get() throws(Refusal) -> Value {
        switch self {
        case .done(let value): return value
        case .refused(let refusal): throw refusal
        }
    }

    /// Why it was declined; `nil` where it was done.
    package var refusal: Refusal? {
        if case .refused(let refusal) = self { refusal } else { nil }
    }
}

extension String {
    /// This text as a login; text that is none traps, since the test itself is wrong.
    package func asLogin() -> Login {
        guard let login = Login(self) else { preconditionFailure("\(self) is no login") }
        return login
    }
}
