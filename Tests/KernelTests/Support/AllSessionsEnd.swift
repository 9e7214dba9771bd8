import DatabaseTesting
import PluginKit
import PluginTesting

@testable import Kernel

/// What ends all sessions of a person who may sign in afterwards.
enum AllSessionsEnd: CaseIterable {
    case passwordChanged, revoked, suspendedAndResumed, factorsReset, factorAdded

    /// The password after it was changed.
    static var newPassword: SecretText { SecretText("seven amber kettles hum") }

    /// Brings it about; what the person does himself, he does in the session of his tokens.
    func bringAbout(for person: TestPerson, in tenant: TestTenant) async throws {
        let people = try await tenant.people
        let administrator = Caller.hostOperator(.test())
        switch self {
        case .passwordChanged: try await tenant.changePassword(of: person, to: Self.newPassword).get()
        case .revoked: _ = try await people.revokeSessions(of: person.id, by: administrator).get()
        case .suspendedAndResumed:
            _ = try await people.suspend(person.id, by: administrator).get()
            _ = try await people.resume(person.id, by: administrator).get()
        case .factorsReset: _ = try await people.resetFactors(of: person.id, by: administrator).get()
        case .factorAdded: try await tenant.addFactor(to: person)
        }
    }
}

extension TestTenant {
    /// Changes a person's own password, in the session of his tokens or another.
    func changePassword(
        of person: TestPerson, to new: SecretText, in tokens: IssuedTokens? = nil
    ) async throws -> Outcome<Void> {
        guard let session = try await session(of: tokens ?? person.tokens) else { throw Refusal.notFound }
        let caller = Caller(
            actor: .person(person.id, session: session.id), permissions: [], origin: person.origin)
        return try await services.ownAccount(in: tenant).changePassword(
            from: TestPerson.password, to: new, session, by: caller)
    }

    /// Adds an authenticator app to a person, in the session of his tokens.
    func addFactor(to person: TestPerson) async throws {
        let factors = try await services.ownFactors(in: tenant)
        let caller = try await caller(person)
        guard let session = try await session(of: person.tokens) else { throw Refusal.notFound }
        let factor = try await factors.begin("totp", ticket: nil, session, by: caller).get()
        let code = SecretText(try AuthenticatorApp(scanning: factor.offer.uri).code(at: clock.now))
        _ = try await factors.confirm(factor.id, code: code, session, by: caller).get()
    }

    /// How many rows of a table stand open: sessions that are not ended, transactions that are not spent, devices.
    func openRows() async throws -> [String?] {
        [
            try await database.value("SELECT count(*) FROM gatehouse.sessions WHERE ended_at IS NULL"),
            try await database.value("SELECT count(*) FROM gatehouse.devices"),
            try await database.value(
                "SELECT count(*) FROM gatehouse.sign_in_transactions t JOIN gatehouse.users u ON u.id = t.user_id "
                    + "WHERE t.used_at IS NULL AND t.session_epoch = u.session_epoch"),
        ]
    }
}
