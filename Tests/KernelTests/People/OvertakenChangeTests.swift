import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Changes of one's own account that are overtaken")
struct OvertakenChangeTests {
    @Test("of two changes of a password at once the second is refused, and the first one's password stays")
    func twoPasswords() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let other = try #require(try await tenant.signIn(person.login).tokens)
        let overtaken = tenant.interrupted {
            try await AllSessionsEnd.passwordChanged.bringAbout(for: person, in: tenant)
        }
        let outcome = try await overtaken.changePassword(of: person, to: SecretText("four silver doors"), in: other)
        #expect(outcome.refusal == .changedMeanwhile)
        #expect(try await tenant.signIn(person.login, SecretText("four silver doors")).isRefused)
        #expect(try await tenant.signIn(person.login, AllSessionsEnd.newPassword).tokens != nil)
        #expect(try await tenant.isLive(person))
        #expect(try await tenant.events(.passwordSet).compactMap(\.reason) == ["changed_meanwhile"])
    }

    @Test("however many change a password at once, one of them does, and his password is the one that is good")
    func manyPasswords() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let passwords = (0..<4).map { SecretText("four silver doors, number \($0)") }
        let refusals = try await inParallel(4) { number in
            (number, try await tenant.changePassword(of: person, to: passwords[number]).refusal)
        }
        let taken = refusals.filter { $0.1 == nil }.map(\.0)
        #expect(taken.count == 1)
        #expect(try await tenant.signIn(person.login, passwords[try #require(taken.first)]).tokens != nil)
    }

    @Test("a password is not changed by a session that was ended while the present one was checked")
    func endedSession() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let overtaken = tenant.interrupted { try await AllSessionsEnd.revoked.bringAbout(for: person, in: tenant) }
        let outcome = try await overtaken.changePassword(of: person, to: AllSessionsEnd.newPassword)
        #expect(outcome.refusal == .changedMeanwhile)
        #expect(try await tenant.signIn(person.login).tokens != nil)
    }

    @Test("no factor is added by a session that was ended while its code was checked")
    func factor() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.signedIn(roles: ["member"])
        let session = try #require(try await tenant.session(of: person.tokens))
        let caller = try await tenant.caller(person)
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        let factor = try await factors.begin("totp", ticket: nil, session, by: caller).get()
        let code = SecretText(try AuthenticatorApp(scanning: factor.offer.uri).code(at: tenant.clock.now))
        try await AllSessionsEnd.revoked.bringAbout(for: person, in: tenant)
        #expect(try await factors.confirm(factor.id, code: code, session, by: caller).refusal == .changedMeanwhile)
        #expect(try await factors.begin("totp", ticket: nil, session, by: caller).refusal == .changedMeanwhile)
        #expect(try await factors.list(of: person.id).isEmpty)
    }

    @Test("a change in another tenant overtakes no change here")
    func otherTenant() async throws {
        let (here, there) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await here.signedIn("anna@example.com")
        let namesake = try await there.signedIn("anna@example.com")
        let untouched = here.interrupted {
            try await AllSessionsEnd.passwordChanged.bringAbout(for: namesake, in: there)
        }
        #expect(try await untouched.changePassword(of: person, to: AllSessionsEnd.newPassword).refusal == nil)
    }
}
