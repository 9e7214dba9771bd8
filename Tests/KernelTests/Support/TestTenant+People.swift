import DatabaseTesting
import PluginKit

@testable import Kernel

extension TestTenant {
    var people: People { get async throws { try await services.people(of: tenant) } }
    var roles: Roles { get async throws { try await services.roles(of: tenant) } }
    var invitations: Invitations { get async throws { try await services.invitations(of: tenant) } }

    /// The person who has this login.
    func user(_ login: String) async throws -> UserID? {
        try await services.sessions(of: tenant).cells.find(login.asLogin(), in: database)?.id
    }

    /// Invites somebody who is no person yet.
    func invite(
        _ login: String = "\(unique())@example.com", roles: [String] = ["viewer"], by caller: Caller? = nil
    ) async throws -> NewInvitation {
        try await invitations.create(
            login: login.asLogin(), displayName: nil, roles: roles, by: caller ?? .hostOperator(.test())
        ).get()
    }

    /// Takes up an invitation, from a client of its own unless one is named.
    func accept(
        _ token: SecretText, password: SecretText = TestPerson.password, from origin: RequestOrigin = .test()
    ) async throws -> Outcome<IssuedTokens> {
        try await invitations.accept(token, password: password, displayName: nil, origin: origin).tokens()
    }
}
