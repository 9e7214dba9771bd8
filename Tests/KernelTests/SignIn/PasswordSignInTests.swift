import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Signing in with a password")
struct PasswordSignInTests {
    @Test("the right password gives tokens that speak for the person")
    func rightPassword() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn(roles: ["admin"])
        let tokens = try #require(try await tenant.signIn(person.login).tokens)
        let session = try #require(try await tenant.session(of: tokens))
        #expect(session.person.user == person.id)
        #expect(session.person.roles == ["admin"])
        #expect(session.methods == [.password])
        #expect(session.authenticatedAt == tenant.clock.now)
        #expect(tokens.session != person.tokens.session)
    }

    @Test("every cause of refusal looks the same and costs exactly one hash", arguments: RefusedLogin.allCases)
    func refused(_ cause: RefusedLogin) async throws {
        let tenant = try await TestTenant.make()
        let (login, password) = try await cause.prepare(in: tenant)
        let before = tenant.hashing.runs
        let step = try await tenant.signIn(login, password)
        #expect(step.isRefused)
        #expect(tenant.hashing.runs - before == 1)
    }

    @Test("each refusal leaves an event with its reason", arguments: RefusedLogin.allCases)
    func audited(_ cause: RefusedLogin) async throws {
        let tenant = try await TestTenant.make()
        let (login, password) = try await cause.prepare(in: tenant)
        _ = try await tenant.signIn(login, password)
        let event = try #require(try await tenant.events(.signIn).first { $0.outcome == "refused" })
        #expect(event.reason == cause.reason)
        #expect(event.actor == "anonymous")
    }

    @Test("a person who exists in another tenant only is unknown here")
    func otherTenant() async throws {
        let (here, there) = (try await TestTenant.make(), try await TestTenant.make())
        let person = try await there.signedIn()
        #expect(try await here.signIn(person.login).isRefused)
        #expect(try await here.events(.signIn).first?.reason == "unknown_account")
    }

    @Test(
        "whatever spelling of the login is used, it is the same person",
        arguments: [" ANNA@example.com", "anna@Example.COM "])
    func spelling(_ login: String) async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn("anna@example.com")
        let tokens = try #require(try await tenant.signIn(login).tokens)
        #expect(try await tenant.session(of: tokens)?.person.user == person.id)
    }

    @Test("an answer that cannot be recorded is not given")
    func auditFails() async throws {
        let tenant = try await TestTenant.make()
        let failing = try await tenant.services.signIn(to: tenant.tenant.failing(at: RecordAuditEvent.self))
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await failing.withPassword(login: "nobody", password: TestPerson.password, origin: .test())
        }
    }

    @Test("a success that cannot be recorded begins no session")
    func successFails() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let failing = try await tenant.services.signIn(to: tenant.tenant.failing(at: RecordAuditEvent.self))
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await failing.withPassword(login: person.login, password: TestPerson.password, origin: .test())
        }
        #expect(
            try await tenant.services.sessions(of: tenant.tenant).list(of: person.id).map(\.id) == [
                person.tokens.session
            ])
    }
}

/// Why somebody is not let in.
enum RefusedLogin: CaseIterable {
    case unknown, suspended, deleted, withoutPassword, wrongPassword, malformedLogin, malformedPassword

    /// What the audit trail says of it.
    var reason: String {
        switch self {
        case .unknown, .deleted, .malformedLogin: "unknown_account"
        case .suspended: "not_active"
        case .withoutPassword: "no_credential"
        case .wrongPassword: "wrong_credential"
        case .malformedPassword: "malformed"
        }
    }

    /// Brings the cause about, and gives what to sign in with.
    func prepare(in tenant: TestTenant) async throws -> (login: String, password: SecretText) {
        let people = try await tenant.services.people(of: tenant.tenant)
        let person = self == .withoutPassword ? nil : try await tenant.signedIn()
        switch self {
        case .unknown: return ("nobody@example.com", TestPerson.password)
        case .malformedLogin: return ("two words\u{7}", TestPerson.password)
        case .withoutPassword: return (try await tenant.person().login, TestPerson.password)
        case .wrongPassword: return (person?.login ?? "", SecretText("nine purple lanterns sink"))
        case .malformedPassword: return (person?.login ?? "", SecretText(String(repeating: "a", count: 10_000)))
        case .suspended:
            if let person { _ = try await people.suspend(person.id, by: .hostOperator(.test())).get() }
        case .deleted:
            if let person { try await people.delete(person.id, by: .hostOperator(.test())).get() }
        }
        return (person?.login ?? "", TestPerson.password)
    }
}
