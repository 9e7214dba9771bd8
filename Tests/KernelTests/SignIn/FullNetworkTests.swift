import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A network that may try no more")
struct FullNetworkTests {
    private static let policy = "policy: {attempts: {per_network_per_minute: 10}}"
    private let wrong = SecretText("not the password of anybody")
    private let origin = RequestOrigin.test()

    @Test("does not make a person wait who knows his password, there or elsewhere")
    func rightPassword() async throws {
        let tenant = try await TestTenant.make(Self.policy)
        let person = try await tenant.signedIn()
        try await fill(tenant)
        // More often than failures would ever be let through.
        for _ in 0...Attempts.mostFailures {
            #expect(try await tenant.signIn(person.login, from: origin).retryAfterSeconds == 6)
        }
        #expect(try await failures(of: tenant, person.id) == 0)
        #expect(try await tenant.signIn(person.login).tokens != nil)
        tenant.clock.advance(by: .seconds(6))
        #expect(try await tenant.signIn(person.login, from: origin).tokens != nil)
    }

    @Test("does not undo the failures that a person has, nor lengthen his wait")
    func earlierFailures() async throws {
        let tenant = try await TestTenant.make(Self.policy)
        let person = try await tenant.signedIn()
        for _ in 0..<3 { #expect(try await tenant.signIn(person.login, wrong, from: origin).isRefused) }
        try await fill(tenant, with: 7)
        for _ in 0..<5 { #expect(try await tenant.signIn(person.login, from: origin).retryAfterSeconds == 6) }
        #expect(try await failures(of: tenant, person.id) == 6)
        tenant.clock.advance(by: .seconds(6))
        #expect(try await tenant.signIn(person.login, from: origin).tokens != nil)
    }

    @Test("leaves no rows of logins that nobody has")
    func inventedLogins() async throws {
        let tenant = try await TestTenant.make(Self.policy)
        try await fill(tenant)
        let before = try await rows(of: tenant)
        for number in 0..<50 {
            let step = try await tenant.signIn("invented\(number)@example.com", wrong, from: origin)
            #expect(step.retryAfterSeconds == 6)
        }
        #expect(try await rows(of: tenant) == before)
    }

    @Test("is told so of many attempts at once, and only those that were tried are failures")
    func parallel() async throws {
        let tenant = try await TestTenant.make(Self.policy)
        let limited = try await inParallel(40) { number in
            try await tenant.signIn("invented\(number)@example.com", wrong, from: origin).retryAfterSeconds != nil
        }
        #expect(limited.count { $0 } == 30)
        #expect(tenant.hashing.runs == 10)
        // Each by its source, and by the person as a whole.
        #expect(try await rows(of: tenant) == 20)
    }

    @Test("tries as it likes on another tenant, whose failures are counted there")
    func anotherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(Self.policy), try await TestTenant.make(Self.policy))
        try await fill(tenant)
        #expect(try await tenant.signIn("anna@example.com", wrong, from: origin).retryAfterSeconds != nil)
        #expect(try await other.signIn("anna@example.com", wrong, from: origin).isRefused)
        #expect(try await rows(of: other) == 2)
        #expect(try await rows(of: tenant) == 20)
    }

    @Test("neither wait for each other: a proof that succeeds and one that is begun take their rows in one order")
    func deadlocks() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {per_network_per_minute: 1000}}")
        let person = try await tenant.signedIn()
        let steps = try await inParallel(60) { number in
            try await tenant.signIn(person.login, number % 4 == 0 ? wrong : TestPerson.password, from: origin)
        }
        #expect(steps.count { $0.tokens != nil } > 0)
    }

    /// Uses up what the network has, with logins that nobody has.
    private func fill(_ tenant: TestTenant, with count: Int = 10) async throws {
        for number in 0..<count {
            #expect(try await tenant.signIn("nobody\(number)@example.com", wrong, from: origin).isRefused)
        }
    }

    private func failures(of tenant: TestTenant, _ person: UserID) async throws -> Int {
        let count = """
            SELECT coalesce(sum(count), 0)::text
            FROM   gatehouse.failures
            WHERE  subject = uuid_send('\(person.rawValue)')
            """
        return try #require(try await tenant.database.value(count).flatMap { Int($0) })
    }

    private func rows(of tenant: TestTenant) async throws -> Int {
        try #require(
            try await tenant.database.value("SELECT count(*)::text FROM gatehouse.failures").flatMap { Int($0) })
    }
}
