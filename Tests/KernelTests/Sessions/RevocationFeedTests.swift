import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The feed of revocations")
struct RevocationFeedTests {
    @Test("lists the sessions that were ended, each with its time, and no live one")
    func lists() async throws {
        let tenant = try await TestTenant.make()
        let (gone, live) = (try await tenant.signedIn(), try await tenant.signedIn())
        tenant.clock.advance(by: .seconds(5))
        try await Ending.signOut.bringAbout(for: gone, in: tenant)
        let feed = try await read(tenant)
        #expect(feed.entries == ["\(gone.tokens.session)": Int(tenant.clock.now.timeIntervalSince1970)])
        #expect(feed.entries["\(live.tokens.session)"] == nil)
    }

    @Test("drops a session once no access token of it can be valid any more")
    func drops() async throws {
        let tenant = try await TestTenant.make("policy: {sessions: {access_token: 5m}}")
        try await Ending.signOut.bringAbout(for: try await tenant.signedIn(), in: tenant)
        tenant.clock.advance(by: .seconds(299))
        #expect(try await read(tenant).entries.count == 1)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await read(tenant).entries.isEmpty)
    }

    @Test("its tag changes when the list does, and not otherwise")
    func tag() async throws {
        let tenant = try await TestTenant.make()
        let (first, second) = (try await tenant.signedIn(), try await tenant.signedIn())
        let empty = try await read(tenant).tag
        tenant.clock.advance(by: .seconds(10))
        #expect(try await read(tenant).tag == empty)
        try await Ending.signOut.bringAbout(for: first, in: tenant)
        let one = try await read(tenant).tag
        _ = try await tenant.services.signingKeys.rotate(tenant.tenant)
        #expect(try await read(tenant).tag == one)
        try await Ending.signOut.bringAbout(for: second, in: tenant)
        #expect(Set([empty, one, try await read(tenant).tag]).count == 3)
    }

    @Test("a tenant's feed knows nothing of another's sessions")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        try await Ending.signOut.bringAbout(for: try await other.signedIn(), in: other)
        #expect(try await read(tenant).entries.isEmpty)
        #expect(try await read(other).entries.count == 1)
    }

    @Test("is signed, says what it is, and is no access token")
    func form() async throws {
        let tenant = try await TestTenant.make()
        let feed = tenant.services.revocations(of: tenant.tenant)
        let text = try await feed.signed(try await feed.current())
        let token = try CompactToken(text)
        #expect(token.header["typ"] == .text("revocations+jwt"))
        #expect(token.claims["iss"] == .text(tenant.tenant.issuer))
        let key = try await tenant.services.signingKeys.keys(of: tenant.tenant).active.publicKey
        #expect(try key.verifies(token))
        #expect(try await tenant.services.accessTokens(of: tenant.tenant).verify(text) == nil)
    }

    @Test("is read and signed once a second, however many ask, and is then what it became meanwhile")
    func once() async throws {
        let made = try await TestTenant.make()
        let database = CountingDatabase(made.database)
        let tenant = made.opened(as: made.tenant.on(database))
        let person = try await tenant.signedIn()
        _ = try await tenant.services.signingKeys.keys(of: tenant.tenant)
        let feed = tenant.services.revocations(of: tenant.tenant)
        let noted = Noted<String>()
        let asked = try await database.roundTrips {
            _ = try await inParallel(20) { _ in noted.note(try await feed.signed(try await feed.current())) }
        }
        #expect(asked.count == 1)
        #expect(Set(noted.all).count == 1)
        try await Ending.signOut.bringAbout(for: person, in: tenant)
        tenant.clock.advance(by: .milliseconds(900))
        #expect(try await feed.current().revoked.isEmpty)
        tenant.clock.advance(by: .milliseconds(200))
        #expect(try await feed.current().revoked.map(\.sid) == [person.tokens.session])
    }

    @Test("of more sessions than fit it lists those that ended last, and has all older tokens refused")
    func truncated() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await tenant.signedIn()
        try await end(RevocationFeed.mostSessions - 1, sessionsOf: person, in: tenant)
        tenant.clock.advance(by: .seconds(60))
        try await Ending.signOut.bringAbout(for: person, in: tenant)
        #expect(try await claims(tenant).notBefore == nil)
        try await end(1, sessionsOf: person, in: tenant)
        let cut = try await claims(tenant)
        #expect(cut.revoked.count == RevocationFeed.mostSessions)
        #expect(cut.revoked.contains { $0.sid == "\(person.tokens.session)" })
        // The newest that is not listed ended at the start; whatever was issued until then, and a little longer, is refused.
        let start = Int(TestTenant.start.timeIntervalSince1970)
        #expect(cut.notBefore == start + Int(RevocationFeed.issueTolerance) + 1)
        #expect(try await claims(other).notBefore == nil)
    }

    /// Ends so many sessions of somebody, who never had them, now.
    private func end(_ count: Int, sessionsOf person: TestPerson, in tenant: TestTenant) async throws {
        let now = "to_timestamp(\(tenant.clock.now.timeIntervalSince1970))"
        try await tenant.database.affected(
            """
            INSERT INTO gatehouse.sessions
                (tenant_id, id, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, ended_at,
                 end_reason, sealed_origin)
            SELECT '\(tenant.id.rawValue)', gen_random_uuid(), '\(person.id.rawValue)', '{}', \(now), \(now), \(now),
                   \(now), \(now), 'sign_out', ''
            FROM   generate_series(1, \(count))
            """)
    }

    private struct Claims: Decodable {
        struct Entry: Decodable {
            let sid: String
            let at: Int
        }
        let revoked: [Entry]
        let notBefore: Int?

        enum CodingKeys: String, CodingKey {
            case revoked
            case notBefore = "not_before"
        }
    }

    /// What another node says, which remembers nothing.
    private func claims(_ tenant: TestTenant) async throws -> Claims {
        let feed = try await tenant.anotherNode().revocations(of: tenant.tenant)
        let token = try await feed.signed(try await feed.current())
        return try JSONDecoder().decode(Claims.self, from: Data(try CompactToken(token).claimsBytes))
    }

    private func read(_ tenant: TestTenant) async throws -> (entries: [String: Int], tag: String) {
        let revoked = try await claims(tenant).revoked
        let tag = try await tenant.anotherNode().revocations(of: tenant.tenant).current().tag
        return (Dictionary(revoked.map { ($0.sid, $0.at) }) { first, _ in first }, tag)
    }
}
