import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The end of sessions")
struct SessionEndTests {
    @Test("whatever ends a session, both its tokens are dead at once", arguments: Ending.allCases)
    func dead(_ ending: Ending) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        #expect(try await tenant.isLive(person))
        try await ending.bringAbout(for: person, in: tenant)
        #expect(try await !tenant.isLive(person))
        #expect(try await tenant.refresh(person) == nil)
        #expect(try await tenant.services.sessions(of: tenant.tenant).list(of: person.id).isEmpty)
    }

    @Test("every end of a session is recorded with the change that caused it", arguments: Ending.allCases)
    func recorded(_ ending: Ending) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        try await ending.bringAbout(for: person, in: tenant)
        #expect(try await tenant.events(ending.event).map(\.outcome) == ["success"])
        let reason = try await tenant.database.value("SELECT end_reason FROM gatehouse.sessions")
        #expect(reason == ending.reason.rawValue)
    }

    @Test("signing out leaves a person's other sessions alone")
    func signOutOfOne() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let other = try #require(try await tenant.signIn(person.login).tokens)
        try await tenant.services.sessions(of: tenant.tenant).signOut(
            refreshToken: person.tokens.refreshToken, origin: person.origin)
        #expect(try await !tenant.isLive(person))
        #expect(try await tenant.session(of: other) != nil)
    }

    @Test("a spent refresh token still signs out")
    func signOutWithSpent() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        _ = try #require(try await tenant.refresh(person))
        try await Ending.signOut.bringAbout(for: person, in: tenant)
        #expect(try await !tenant.isLive(person))
    }

    @Test("changing one's password ends all sessions but one's own")
    func passwordChange() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let others = [try await tenant.signIn(person.login).tokens, try await tenant.signIn(person.login).tokens]
        let session = try #require(try await tenant.session(of: person.tokens))
        try await tenant.services.ownAccount(in: tenant.tenant).changePassword(
            from: TestPerson.password, to: SecretText("seven amber kettles hum"), session,
            by: try await tenant.caller(person)
        ).get()
        #expect(try await tenant.isLive(person))
        for tokens in others { #expect(try await tenant.session(of: try #require(tokens)) == nil) }
        #expect(try await tenant.signIn(person.login).isRefused)
    }

    @Test("nobody ends a session by naming another person's")
    func foreignSession() async throws {
        let tenant = try await TestTenant.make()
        let (person, other) = (try await tenant.signedIn(), try await tenant.signedIn())
        let ended = try await tenant.services.sessions(of: tenant.tenant).end(
            person.tokens.session, of: other.id, because: .revokedByPerson, by: try await tenant.caller(other))
        #expect(!ended)
        #expect(try await tenant.isLive(person))
    }

    @Test("a session that is over cannot be ended again, and no event says that it was")
    func twice() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        try await Ending.signOut.bringAbout(for: person, in: tenant)
        try await Ending.signOut.bringAbout(for: person, in: tenant)
        #expect(try await tenant.events(.signOut).count == 1)
    }

    @Test("a resumed person signs in anew; his old sessions stay ended")
    func resumed() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        try await Ending.suspension.bringAbout(for: person, in: tenant)
        _ = try await tenant.services.people(of: tenant.tenant).resume(person.id, by: .hostOperator(.test())).get()
        #expect(try await !tenant.isLive(person))
        #expect(try await tenant.signIn(person.login).tokens != nil)
    }
}

/// What ends a session.
enum Ending: CaseIterable {
    case signOut, revocation, revocationOfAll, suspension, deletion, replay

    var event: AuditEventType {
        switch self {
        case .signOut: .signOut
        case .revocation: .sessionRevoked
        case .revocationOfAll: .sessionsRevoked
        case .suspension: .userSuspended
        case .deletion: .userDeleted
        case .replay: .sessionStarted
        }
    }

    var reason: SessionEnd {
        switch self {
        case .signOut: .signOut
        case .revocation: .revokedByPerson
        case .revocationOfAll: .revokedByAdmin
        case .suspension: .suspended
        case .deletion: .deleted
        case .replay: .refreshTokenReplayed
        }
    }

    func bringAbout(for person: TestPerson, in tenant: TestTenant) async throws {
        let sessions = try await tenant.services.sessions(of: tenant.tenant)
        let people = try await tenant.services.people(of: tenant.tenant)
        let administrator = Caller.hostOperator(.test())
        switch self {
        case .signOut: try await sessions.signOut(refreshToken: person.tokens.refreshToken, origin: person.origin)
        case .revocation:
            _ = try await sessions.end(
                person.tokens.session, of: person.id, because: .revokedByPerson, by: try await tenant.caller(person))
        case .revocationOfAll: #expect(try await people.revokeSessions(of: person.id, by: administrator).get() == 1)
        case .suspension: _ = try await people.suspend(person.id, by: administrator).get()
        case .deletion: try await people.delete(person.id, by: administrator).get()
        case .replay:
            _ = try await tenant.refresh(person)
            _ = try await tenant.refresh(person, from: .test())
        }
    }
}
