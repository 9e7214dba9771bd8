import DatabaseTesting
import Foundation
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
        let list = try await tenant.services.revocations(of: tenant.tenant).current()
        let token = try CompactToken(list.token)
        #expect(token.header["typ"] == .text("revocations+jwt"))
        #expect(token.claims["iss"] == .text(tenant.tenant.issuer))
        let key = try await tenant.services.signingKeys.keys(of: tenant.tenant).active.publicKey
        #expect(try key.verifies(token))
        #expect(try await tenant.services.accessTokens(of: tenant.tenant).verify(list.token) == nil)
    }

    private func read(_ tenant: TestTenant) async throws -> (entries: [String: Int], tag: String) {
        struct Claims: Decodable {
            struct Entry: Decodable {
                let sid: String
                let at: Int
            }
            let revoked: [Entry]
        }
        let list = try await tenant.services.revocations(of: tenant.tenant).current()
        let claims = try JSONDecoder().decode(Claims.self, from: Data(try CompactToken(list.token).claimsBytes))
        return (Dictionary(claims.revoked.map { ($0.sid, $0.at) }) { first, _ in first }, list.tag)
    }
}
