import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Sign-ins that are overtaken by the end of all sessions")
struct OvertakenSignInTests {
    /// The moments at which a sign-in with a right password waits: after the password, and before anything is stored.
    static let moments: [SQL] = [FindAuthority.sql, HoldSessionEpoch.sql]

    @Test(
        "whatever ended all sessions, a sign-in that began before leaves nothing: no session, device or transaction",
        arguments: AllSessionsEnd.allCases, moments)
    func session(_ end: AllSessionsEnd, _ moment: SQL) async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.signedIn(roles: ["member"])
        let overtaken = tenant.interrupted(before: moment) { try await end.bringAbout(for: person, in: tenant) }
        let step = try await overtaken.services.signIn(to: overtaken.tenant).withPassword(
            login: person.login, password: TestPerson.password, device: DeviceClaim(wantsToBeKnown: true),
            origin: .test())
        #expect(step.isRefused)
        let kept = try await tenant.isLive(person) ? "1" : "0"
        #expect(try await tenant.openRows() == [kept, "0", "0"])
        let refusal = try #require(try await tenant.events(.signIn).first { $0.outcome == "refused" })
        #expect(refusal.reason == "sessions_ended")
        #expect(try await tenant.events(.signIn).count { $0.outcome == "success" } == 1)
    }

    @Test("an overtaken sign-in that would have had to set a new password, or to prove a factor, gets no transaction")
    func transaction() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let people = try await tenant.people
        let overtaken = tenant.interrupted {
            _ = try await people.revokeSessions(of: person.id, by: .hostOperator(.test())).get()
        }
        #expect(try await overtaken.signIn(person.login).isRefused)
        #expect(try await tenant.openRows() == ["0", "0", "0"])
        #expect(try await tenant.signIn(person.login).transaction != nil)
    }

    @Test("an attempt that was overtaken counts as a failure")
    func counted() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {failures_before_delay: 1}}")
        let person = try await tenant.signedIn()
        let origin = RequestOrigin.test()
        let overtaken = tenant.interrupted { try await AllSessionsEnd.revoked.bringAbout(for: person, in: tenant) }
        #expect(try await overtaken.signIn(person.login, from: origin).isRefused)
        #expect(try await tenant.signIn(person.login, from: origin).retryAfterSeconds == 30)
    }

    @Test("whoever takes up an invitation is not signed in where he is suspended and resumed on the way")
    func invitation() async throws {
        let tenant = try await TestTenant.make()
        let made = try await tenant.invitations.createPerson(
            login: "new@example.com".asLogin(), displayName: nil, roles: [], by: .hostOperator(.test())
        ).get()
        let id = try #require(made.invitation.user)
        let people = try await tenant.people
        let overtaken = tenant.interrupted(before: StartSession.sql) {
            _ = try await people.suspend(id, by: .hostOperator(.test())).get()
            _ = try await people.resume(id, by: .hostOperator(.test())).get()
        }
        let step = try await overtaken.invitations.accept(
            made.token, password: TestPerson.password, displayName: nil, origin: .test()
        ).get()
        #expect(step.isRefused)
        #expect(try await tenant.openRows() == ["0", "0", "0"])
        #expect(try await tenant.signIn("new@example.com").tokens != nil)
    }

    @Test("a step-up that is overtaken begins no session, and counts as no proof")
    func stepUp() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let session = try #require(try await tenant.session(of: person.tokens))
        let caller = try await tenant.caller(person)
        let overtaken = tenant.interrupted { try await AllSessionsEnd.revoked.bringAbout(for: person, in: tenant) }
        let step = try await overtaken.services.signIn(to: overtaken.tenant).stepUp(
            session, password: TestPerson.password, factor: nil, by: caller
        ).get()
        #expect(step.isRefused)
        #expect(try await tenant.openRows() == ["0", "0", "0"])
    }

    @Test("a change of a person in another tenant, even of the same login, overtakes nobody here")
    func otherTenant() async throws {
        let (here, there) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await here.signedIn("anna@example.com")
        let namesake = try await there.signedIn("anna@example.com")
        let untouched = here.interrupted {
            try await AllSessionsEnd.passwordChanged.bringAbout(for: namesake, in: there)
        }
        let tokens = try #require(try await untouched.signIn(person.login).tokens)
        #expect(try await here.session(of: tokens) != nil)
        #expect(try await here.isLive(person))
        let raise = RaiseSessionEpoch(user: person.id)
        #expect(try await there.database.execute(raise) == 0)
    }

    @Test("however many sign in at once while the password is changed, no session of the old one is left")
    func stampede() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {failures_before_delay: 60}}")
        let person = try await tenant.signedIn()
        _ = try await inParallel(16) { number in
            if number == 8 { try await AllSessionsEnd.passwordChanged.bringAbout(for: person, in: tenant) }
            return try await tenant.signIn(person.login).tokens
        }
        let left = try await tenant.services.sessions(of: tenant.tenant).list(of: person.id)
        #expect(left.map(\.id) == [person.tokens.session])
    }

    @Test("looking again costs a sign-in no round trip")
    func roundTrips() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let counter = CountingDatabase(tenant.database)
        let counted = tenant.opened(as: tenant.tenant.on(counter))
        let trips = try await counter.roundTrips { _ = try await counted.signIn(person.login) }
        #expect(
            trips.map(\.first) == [FindUserByLogin.sql, ReserveFailure.sql, FindAuthority.sql, HoldSessionEpoch.sql])
    }
}
