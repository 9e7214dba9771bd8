import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Limits on sign-in attempts")
struct AttemptLimitTests {
    private let wrong = SecretText("not the password of anybody")

    @Test("of many guesses at once, only as many are tried as the limit allows")
    func parallelGuesses() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        let limited = try await inParallel(40) { _ in
            try await tenant.signIn("anna@example.com", wrong, from: origin).retryAfterSeconds != nil
        }
        #expect(limited.count { $0 } == 35)
        #expect(tenant.hashing.runs == 5)
    }

    @Test("all spellings of a login are counted as one")
    func spellings() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        for login in ["anna@x.example", "ANNA@X.EXAMPLE", " anna@x.example", "ａｎｎａ@x.example", "aNNa@x.example\t"] {
            #expect(try await tenant.signIn(login, wrong, from: origin).isRefused)
        }
        #expect(try await tenant.signIn("Anna@X.Example", wrong, from: origin).retryAfterSeconds != nil)
    }

    @Test("all malformed logins are counted as one")
    func malformed() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        for number in 0..<5 { #expect(try await tenant.signIn("\u{1}\(number)", wrong, from: origin).isRefused) }
        #expect(try await tenant.signIn("\u{2}", wrong, from: origin).retryAfterSeconds != nil)
    }

    @Test("a client that guesses slows only itself")
    func otherClients() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        try await exhaust(person.login, tenant, from: .test())
        #expect(try await tenant.signIn(person.login).tokens != nil)
    }

    @Test("a tenant's counts are its own")
    func otherTenants() async throws {
        let (one, other) = (try await TestTenant.make(), try await TestTenant.make())
        let origin = RequestOrigin.test()
        try await exhaust("anna@example.com", one, from: origin)
        #expect(try await other.signIn("anna@example.com", wrong, from: origin).isRefused)
    }

    @Test("the right password is of no use while the limit holds, costs no hash and is recorded")
    func rightPassword() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let origin = RequestOrigin.test()
        try await exhaust(person.login, tenant, from: origin)
        let before = tenant.hashing.runs
        #expect(try await tenant.signIn(person.login, from: origin).retryAfterSeconds == 30)
        #expect(tenant.hashing.runs == before)
        let event = try #require(try await tenant.events(.signInLimited).first)
        #expect(event.outcome == "refused")
        #expect(event.reason == "too_many_attempts")
    }

    @Test("after the time that was told, exactly one more attempt is let through")
    func retryAfter() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        try await exhaust("anna@example.com", tenant, from: origin)
        tenant.clock.advance(by: .milliseconds(29_999))
        #expect(try await tenant.signIn("anna@example.com", wrong, from: origin).retryAfterSeconds != nil)
        tenant.clock.advance(by: .milliseconds(1))
        #expect(try await tenant.signIn("anna@example.com", wrong, from: origin).isRefused)
        #expect(try await tenant.signIn("anna@example.com", wrong, from: origin).retryAfterSeconds != nil)
    }

    @Test("a success gives its attempt back")
    func refund() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {per_network_per_minute: 6}}")
        let person = try await tenant.signedIn()
        let origin = RequestOrigin.test()
        for _ in 0..<8 { #expect(try await tenant.signIn(person.login, from: origin).tokens != nil) }
        try await exhaust(person.login, tenant, from: origin)
    }

    @Test("a network is limited, whatever logins it tries")
    func network() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {per_network_per_minute: 3}}")
        let origin = RequestOrigin.test()
        for number in 0..<3 {
            #expect(try await tenant.signIn("p\(number)@example.com", wrong, from: origin).isRefused)
        }
        #expect(try await tenant.signIn("p3@example.com", wrong, from: origin).retryAfterSeconds == 20)
    }

    /// Uses up the five attempts that a person has.
    private func exhaust(_ login: String, _ tenant: TestTenant, from origin: RequestOrigin) async throws {
        for _ in 0..<5 { #expect(try await tenant.signIn(login, wrong, from: origin).isRefused) }
        #expect(try await tenant.signIn(login, wrong, from: origin).retryAfterSeconds != nil)
    }
}
