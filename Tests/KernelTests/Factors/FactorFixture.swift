import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting

@testable import Kernel

extension EnrolledPerson {
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
