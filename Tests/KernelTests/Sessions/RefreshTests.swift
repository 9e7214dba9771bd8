import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Refreshing")
struct RefreshTests {
    @Test("gives new tokens of the same session")
    func rotates() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        tenant.clock.advance(by: .seconds(60))
        let tokens = try #require(try await tenant.refresh(person))
        #expect(tokens.session == person.tokens.session)
        #expect(tokens.refreshToken.text != person.tokens.refreshToken.text)
        #expect(tokens.accessToken.text != person.tokens.accessToken.text)
        #expect(tokens.refreshLifetimeSeconds == 7 * 86_400 - 60)
        #expect(try await tenant.session(of: tokens)?.person.user == person.id)
    }

    @Test("of many requests of one client at once, all get the same successor, and there is one")
    func parallelRepeats() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let successors = try await inParallel(40) { _ in try await tenant.refresh(person)?.refreshToken.text }
        #expect(Set(successors).count == 1)
        #expect(successors.first != Optional(nil))
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.refresh_tokens") == "2")
        #expect(try await tenant.isLive(person))
    }

    @Test("of many requests of different clients at once, one gets a successor and the session ends")
    func parallelThieves() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let successors = try await inParallel(40) { _ in
            try await tenant.refresh(person, from: .test())?.refreshToken.text
        }
        #expect(successors.compactMap(\.self).count == 1)
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.refresh_tokens") == "2")
        #expect(try await !tenant.isLive(person))
    }

    @Test("the same client may ask again for thirty seconds")
    func grace() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let first = try #require(try await tenant.refresh(person))
        tenant.clock.advance(by: .seconds(30))
        let second = try #require(try await tenant.refresh(person))
        #expect(second.refreshToken.text == first.refreshToken.text)
    }

    @Test("the same client, a second too late, ends the session")
    func late() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let successor = try #require(try await tenant.refresh(person))
        tenant.clock.advance(by: .seconds(31))
        #expect(try await tenant.refresh(person) == nil)
        try await expectEndedByReplay(person, successor, in: tenant)
    }

    @Test("another client with a spent token ends the session at once", arguments: [true, false])
    func theft(changesNetwork: Bool) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let successor = try #require(try await tenant.refresh(person))
        let network = changesNetwork ? "192.0.2.7" : person.origin.network
        let agent = changesNetwork ? person.origin.userAgent : "another program"
        let thief = RequestOrigin(address: network, network: network, userAgent: agent, requestID: "r")
        #expect(try await tenant.refresh(person, from: thief) == nil)
        try await expectEndedByReplay(person, successor, in: tenant)
    }

    @Test("a token whose successor is in use is spent for its own client, too")
    func usedSuccessor() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let second = try #require(try await tenant.refresh(person))
        let third = try #require(try await tenant.refresh(second.refreshToken, from: person.origin))
        #expect(try await tenant.refresh(person) == nil)
        try await expectEndedByReplay(person, third, in: tenant)
    }

    @Test("refreshing does not prolong a session beyond its day")
    func expiry() async throws {
        let tenant = try await TestTenant.make("policy: {sessions: {refresh_token: 1h}}")
        let person = try await tenant.signedIn()
        tenant.clock.advance(by: .seconds(1800))
        let second = try #require(try await tenant.refresh(person))
        tenant.clock.advance(by: .seconds(1799))
        let third = try #require(try await tenant.refresh(second.refreshToken, from: person.origin))
        #expect(third.refreshLifetimeSeconds == 1)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.refresh(third.refreshToken, from: person.origin) == nil)
        #expect(try await tenant.events(.sessionRefreshRefused).first?.reason == "session_over")
    }

    @Test("what a person may do since counts from the next refresh on")
    func roles() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn(roles: ["viewer"])
        _ = try await tenant.services.people(of: tenant.tenant)
            .setRoles(["member"], of: person.id, by: .hostOperator(.test())).get()
        let tokens = try #require(try await tenant.refresh(person))
        let claims = try await tenant.services.accessTokens(of: tenant.tenant).verify(tokens.accessToken.text)
        #expect(claims?.roles == ["member"])
        #expect(claims?.authTime == Int(tenant.clock.now.timeIntervalSince1970))
    }

    @Test(
        "text that is no token of this tenant is refused and recorded",
        arguments: ["", "ghr_short", "unknown", "foreign", "access"])
    func others(_ kind: String) async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let foreigner = try await other.signedIn()
        let text =
            switch kind {
            case "unknown": try OpaqueToken.make(.refresh).text
            case "foreign": foreigner.tokens.refreshToken
            case "access": foreigner.tokens.accessToken
            default: SecretText(kind)
            }
        #expect(try await tenant.refresh(text, from: foreigner.origin) == nil)
        let reason = ["unknown", "foreign"].contains(kind) ? "unknown" : "malformed"
        #expect(try await tenant.events(.sessionRefreshRefused).first?.reason == reason)
        #expect(try await other.isLive(foreigner))
    }

    @Test("a refresh token stands in no table as it is")
    func storedAsHash() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.signedIn().tokens.refreshToken.text
        let rows = try await tenant.database.value("SELECT string_agg(t::text, '') FROM gatehouse.refresh_tokens t")
        #expect(try #require(rows).contains(token) == false)
        let hex = Data(token.utf8).map { String(format: "%02x", $0) }.joined()
        #expect(rows?.contains(hex) == false)
    }

    private func expectEndedByReplay(
        _ person: TestPerson, _ latest: IssuedTokens, in tenant: TestTenant
    ) async throws {
        #expect(try await !tenant.isLive(person))
        #expect(try await tenant.refresh(latest.refreshToken, from: person.origin) == nil)
        let event = try #require(try await tenant.events(.refreshTokenReplayed).first)
        #expect(event.subject == person.tokens.session.description)
        #expect(event.outcome == "refused")
    }
}
