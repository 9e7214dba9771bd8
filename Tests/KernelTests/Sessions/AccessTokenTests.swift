import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Access tokens")
struct AccessTokenTests {
    @Test("a token says who, where, how and until when")
    func claims() async throws {
        let tenant = try await TestTenant.make("policy: {sessions: {access_token: 10m}}")
        let person = try await tenant.signedIn(roles: ["manager"])
        let claims = try #require(try await tenant.verify(person.tokens.accessToken.text))
        let now = Int(tenant.clock.now.timeIntervalSince1970)
        #expect(claims.iss == "https://auth.example.com/t/\(tenant.tenant.slug)")
        #expect(claims.aud == claims.iss)
        #expect((claims.sub, claims.tid, claims.sid) == (person.id, tenant.id, person.tokens.session))
        #expect((claims.iat, claims.nbf, claims.exp, claims.authTime) == (now, now, now + 600, now))
        #expect((claims.amr, claims.acr, claims.roles) == (["pwd"], "aal1", ["manager"]))
    }

    @Test("no two tokens have the same identifier")
    func uniqueIdentifiers() async throws {
        let tenant = try await TestTenant.make()
        let (one, other) = (try await tenant.signedIn(), try await tenant.signedIn())
        let first = try await tenant.verify(one.tokens.accessToken.text)?.jti
        #expect(first != nil)
        #expect(try await tenant.verify(other.tokens.accessToken.text)?.jti != first)
    }

    @Test("a token ends to the second")
    func expiry() async throws {
        let tenant = try await TestTenant.make("policy: {sessions: {access_token: 1m}}")
        let token = try await tenant.signedIn().tokens.accessToken.text
        tenant.clock.advance(by: .seconds(59))
        #expect(try await tenant.verify(token) != nil)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.verify(token) == nil)
    }

    @Test("another node's clock may be five seconds ahead, and no more")
    func clocks() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.signedIn().tokens.accessToken.text
        tenant.clock.advance(by: .seconds(-5))
        #expect(try await tenant.verify(token) != nil)
        tenant.clock.advance(by: .seconds(-1))
        #expect(try await tenant.verify(token) == nil)
    }

    @Test("the audience that a tenant names is the one that counts")
    func audience() async throws {
        let tenant = try await TestTenant.make("audience: https://app.example.com")
        let token = try await tenant.signedIn().tokens.accessToken.text
        #expect(try await tenant.verify(token)?.aud == "https://app.example.com")
    }

    @Test("a token is nothing in another tenant")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (person, _) = (try await tenant.signedIn(), try await other.signedIn())
        #expect(try await other.verify(person.tokens.accessToken.text) == nil)
        #expect(try await other.session(of: person.tokens) == nil)
    }

    @Test("no other kind of token is an access token")
    func otherKinds() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        for text in [person.tokens.refreshToken.text, "", ".", "..", "a.b.c", String(repeating: "a", count: 8193)] {
            #expect(try await tenant.verify(text) == nil)
        }
    }

    @Test("a valid token for a session that another person has opens nothing")
    func strangeSession() async throws {
        let tenant = try await TestTenant.make()
        let (person, other) = (try await tenant.signedIn(), try await tenant.signedIn())
        var token = try CompactToken(person.tokens.accessToken.text)
        token.claims["sid"] = .text("\(other.tokens.session)")
        let forged = try await token.signed(by: tenant.activeKey())
        #expect(try await tenant.verify(forged) != nil)
        #expect(try await tenant.services.session(forAccessToken: forged, in: tenant.tenant) == nil)
    }
}
