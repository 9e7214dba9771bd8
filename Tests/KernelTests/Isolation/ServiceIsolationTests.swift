import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("What one tenant's services know of another's")
struct ServiceIsolationTests {
    @Test("a session is not found, listed or ended in another tenant")
    func sessions() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await tenant.signedIn()
        let sessions = try await other.services.sessions(of: other.tenant)
        #expect(try await sessions.live(person.tokens.session) == nil)
        #expect(try await sessions.list(of: person.id).isEmpty)
        let administrator = Caller.hostOperator(.test())
        #expect(
            try await !sessions.end(person.tokens.session, of: person.id, because: .revokedByAdmin, by: administrator))
        try await sessions.signOut(refreshToken: person.tokens.refreshToken, origin: person.origin)
        #expect(try await tenant.isLive(person))
        #expect(try await other.events(.signOut).isEmpty)
    }

    @Test("the same login in two tenants is two people with two passwords")
    func people() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (here, there) = (
            try await tenant.signedIn("anna@example.com"), try await other.signedIn("anna@example.com")
        )
        #expect(here.id != there.id)
        _ = try await tenant.people.suspend(here.id, by: .hostOperator(.test())).get()
        #expect(try await tenant.signIn("anna@example.com").isRefused)
        #expect(try await other.signIn("anna@example.com").tokens != nil)
    }

    @Test("a person's id is no way to his account from another tenant")
    func profile() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await tenant.signedIn()
        let session = try #require(try await tenant.session(of: person.tokens))
        let account = try await other.services.ownAccount(in: other.tenant)
        let caller = try await tenant.caller(person)
        let name = try #require(DisplayName("Mallory"))
        #expect(try await account.profile(of: session) == nil)
        #expect(try await account.rename(to: name, session, by: caller).refusal == .notFound)
        let change = try await account.changePassword(
            from: TestPerson.password, to: SecretText("seven amber kettles hum"), session, by: caller)
        #expect(change.refusal == .notFound)
        #expect(try await tenant.signIn(person.login).tokens != nil)
    }

    @Test("a cursor's code is worth nothing in another tenant, nor on the platform")
    func cursors() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let cursor: [UInt8] = [1, 2, 3]
        let codes = [
            try await tenant.services.cursorMACs(of: tenant.tenant)[0](cursor),
            try await other.services.cursorMACs(of: other.tenant)[0](cursor),
            try tenant.services.platformCursorMACs()[0](cursor),
        ]
        #expect(Set(codes).count == 3)
        #expect(try await tenant.anotherNode().cursorMACs(of: tenant.tenant)[0](cursor) == codes[0])
    }
}
