import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Steps of a sign-in after the end of all sessions")
struct OvertakenStepTests {
    private static let ends: [AllSessionsEnd] = [.passwordChanged, .revoked, .suspendedAndResumed, .factorsReset]

    @Test("a sign-in that waits for a second factor ends with the sessions", arguments: ends)
    func secondFactor(_ end: AllSessionsEnd) async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let pending = try await person.pending()
        try await end.bringAbout(for: person.person, in: tenant)
        #expect(try await person.prove(person.code, pending).refusal == .transactionInvalid)
    }

    @Test("and so it does while the code is checked", arguments: ends)
    func whileChecked(_ end: AllSessionsEnd) async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let pending = try await person.pending()
        let overtaken = tenant.interrupted { try await end.bringAbout(for: person.person, in: tenant) }
        let outcome = try await overtaken.services.signIn(to: overtaken.tenant).proveSecondFactor(
            transaction: pending, kind: "totp", code: person.code, device: DeviceClaim(wantsToBeKnown: true),
            origin: .test())
        #expect(outcome.refusal == .transactionInvalid)
        let kept = try await tenant.session(of: person.tokens) == nil ? "0" : "1"
        #expect(try await tenant.openRows() == [kept, "0", "0"])
        #expect(try await tenant.events(.secondFactor).first?.reason == "transaction_invalid")
    }

    @Test("a new password that somebody else asked for is not stored once the sessions were ended")
    func requiredPassword() async throws {
        let tenant = try await TestTenant.make()
        let people = try await tenant.people
        let newcomer = NewUser(login: "new@example.com".asLogin(), password: TestPerson.password)
        let id = try await people.create(newcomer, by: .hostOperator(.test())).get().id
        let pending = try #require(try await tenant.signIn("new@example.com").transaction).token
        let overtaken = tenant.interrupted {
            _ = try await people.revokeSessions(of: id, by: .hostOperator(.test())).get()
        }
        let outcome = try await overtaken.services.signIn(to: overtaken.tenant).changePassword(
            transaction: pending, newPassword: AllSessionsEnd.newPassword, origin: .test())
        #expect(outcome.refusal == .transactionInvalid)
        #expect(try await tenant.signIn("new@example.com", AllSessionsEnd.newPassword).isRefused)
        #expect(try await tenant.signIn("new@example.com").transaction != nil)
    }

    @Test("a first factor is not added once the sessions were ended, neither begun nor with its code on the way")
    func enrollment() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let made = try await tenant.invitations.createPerson(
            login: "new@example.com".asLogin(), displayName: nil, roles: ["admin"], by: .hostOperator(.test())
        ).get()
        let id = try #require(made.invitation.user)
        let step = try await tenant.invitations.accept(
            made.token, password: TestPerson.password, displayName: nil, origin: .test()
        ).get()
        let pending = try #require(step.transaction).token
        let signIn = try await tenant.services.signIn(to: tenant.tenant)
        let factor = try await signIn.beginEnrollment(
            transaction: pending, kind: "totp", ticket: nil, origin: .test()
        ).get()
        let code = SecretText(try AuthenticatorApp(scanning: factor.offer.uri).code(at: tenant.clock.now))
        let people = try await tenant.people
        let overtaken = tenant.interrupted {
            _ = try await people.revokeSessions(of: id, by: .hostOperator(.test())).get()
        }
        let outcome = try await overtaken.services.signIn(to: overtaken.tenant).confirmEnrollment(
            transaction: pending, factor: factor.id, code: code, origin: .test())
        #expect(outcome.refusal == .transactionInvalid)
        let again = try await signIn.beginEnrollment(transaction: pending, kind: "totp", ticket: nil, origin: .test())
        #expect(again.refusal == .transactionInvalid)
        #expect(try await tenant.services.ownFactors(in: tenant.tenant).list(of: id).isEmpty)
    }
}
