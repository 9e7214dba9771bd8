import DatabaseTesting
import PluginKit

@testable import Kernel

extension TestTenant {
    var people: People { services.people(of: tenant) }
    var roles: Roles { services.roles(of: tenant) }
    var invitations: Invitations { services.invitations(of: tenant) }

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
        try await invitations.accept(token, password: password, displayName: nil, origin: origin)
    }
}
