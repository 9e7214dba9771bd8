import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Changes and their events")
struct AuditedChangeTests {
    @Test("a change to a person leaves one event that says who did it to whom", arguments: PeopleChange.allCases)
    func person(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        let (administrator, person) = (try await tenant.signedIn(roles: ["admin"]), try await tenant.person())
        let caller = try await tenant.caller(administrator)
        #expect(try await change.apply(to: person.id, in: tenant, by: caller) == nil)
        let events = try await tenant.events(change.event)
        #expect(events.count == 1)
        #expect((events[0].outcome, events[0].reason) == ("success", nil))
        #expect((events[0].actor, events[0].subject) == ("user:\(administrator.id)", person.id.description))
        #expect(events[0].sessionID == administrator.tokens.session)
        #expect(events[0].requestID == administrator.origin.requestID)
    }

    @Test("a refused change leaves the refusal and nothing else", arguments: PeopleChange.allCases)
    func refused(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person(roles: ["viewer"])
        let nobody = Caller(actor: .anonymous, permissions: [], origin: .test())
        #expect(try await change.apply(to: person.id, in: tenant, by: nobody) == .forbidden)
        let events = try await tenant.events(change.event)
        #expect(events.map(\.outcome) == ["refused"])
        #expect(events.map(\.reason) == ["forbidden"])
        #expect(try await tenant.people.user(person.id)?.updatedAt == person.updatedAt)
        #expect(try await tenant.people.user(person.id)?.roles == ["viewer"])
    }

    @Test("a change whose event cannot be written is not made", arguments: PeopleChange.allCases)
    func unrecorded(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn(roles: ["member"])
        let before = try #require(try await tenant.people.user(person.id))
        let failing = tenant.opened(as: tenant.tenant.failing(at: RecordAuditEvent.self))
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await change.apply(to: person.id, in: failing, by: .hostOperator(.test()))
        }
        let after = try #require(try await tenant.people.user(person.id))
        #expect((after.state, after.roles, after.displayName) == (before.state, before.roles, before.displayName))
        #expect(try await tenant.isLive(person))
    }

    @Test("making somebody, inviting somebody and taking up an invitation are each recorded")
    func comings() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn(roles: ["viewer"])
        tenant.clock.advance(by: .seconds(1))
        let invitation = try await tenant.invite(roles: ["viewer"]).invitation
        _ = try await tenant.invitations.revoke(invitation.id, by: .hostOperator(.test())).get()
        #expect(try await tenant.events(.userCreated).map(\.subject) == [person.id.description])
        #expect(try await tenant.events(.userCreated).first?.details == ["roles": "viewer"])
        #expect(try await tenant.events(.invitationCreated).first?.subject == invitation.id.description)
        #expect(try await tenant.events(.invitationRevoked).map(\.subject) == [invitation.id.description])
        let accepted = try #require(try await tenant.events(.invitationAccepted).first)
        #expect((accepted.actor, accepted.outcome) == ("user:\(person.id)", "success"))
        #expect(try await tenant.events(.sessionStarted).map(\.subject) == [person.tokens.session.description])
    }

    @Test("no event holds a password, a token or the name that somebody was given")
    func secrets() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn(roles: ["viewer"])
        _ = try await tenant.signIn(person.login, SecretText("canary wrong password"))
        _ = try await tenant.refresh(person)
        let name = UserChanges(displayName: DisplayName("canary name"))
        _ = try await tenant.people.update(person.id, to: name, by: .hostOperator(.test())).get()
        let trail = try #require(
            try await tenant.database.value("SELECT string_agg(e::text, '') FROM gatehouse.audit_events e"))
        let tokens = [person.tokens.refreshToken.text, person.tokens.accessToken.text, TestPerson.password.text]
        for secret in tokens + ["canary", person.login] { #expect(!trail.contains(secret)) }
    }
}
