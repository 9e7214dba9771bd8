import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A person's own account")
struct OwnAccountTests {
    private let new = SecretText("seven amber kettles hum")

    @Test("shows the person himself, and takes a new name")
    func profile() async throws {
        let signedIn = try await SignedIn.make()
        #expect(try await signedIn.account.profile(of: signedIn.session)?.login == signedIn.person.login)
        let name = try #require(DisplayName("Anna"))
        let renamed = try await signedIn.account.rename(to: name, signedIn.session, by: signedIn.caller).get()
        #expect((renamed.id, renamed.displayName) == (signedIn.person.id, "Anna"))
        #expect(try await signedIn.account.profile(of: signedIn.session)?.displayName == "Anna")
        #expect(try await signedIn.tenant.events(.profileChanged).map(\.details) == [["fields": "display_name"]])
    }

    @Test("a password is changed by who knows the present one")
    func change() async throws {
        let signedIn = try await SignedIn.make()
        #expect(try await signedIn.change(from: TestPerson.password, to: new) == nil)
        #expect(try await signedIn.tenant.signIn(signedIn.person.login, new).tokens != nil)
        #expect(try await signedIn.tenant.signIn(signedIn.person.login).isRefused)
        #expect(try await signedIn.tenant.events(.passwordSet).map(\.outcome) == ["success"])
    }

    @Test("a stolen session is no way to guess the present password: guesses are refused, recorded and limited")
    func guesses() async throws {
        let signedIn = try await SignedIn.make()
        for number in 0..<5 {
            #expect(try await signedIn.change(from: SecretText("guess \(number)"), to: new) == .wrongPassword)
        }
        let hashes = signedIn.tenant.hashing.runs
        #expect(
            try await signedIn.change(from: TestPerson.password, to: new) == .tooManyAttempts(retryAfterSeconds: 30))
        #expect(signedIn.tenant.hashing.runs == hashes)
        let reasons = try await signedIn.tenant.events(.passwordSet).map(\.reason)
        #expect(reasons.count { $0 == "wrong_password" } == 5)
        #expect(reasons.count { $0 == "too_many_attempts" } == 1)
    }

    @Test("guesses here and guesses at the sign-in are counted as one")
    func sharedCount() async throws {
        let signedIn = try await SignedIn.make()
        for _ in 0..<5 { _ = try await signedIn.change(from: SecretText("guess"), to: new) }
        let step = try await signedIn.tenant.signIn(signedIn.person.login, from: signedIn.person.origin)
        #expect(step.retryAfterSeconds == 30)
    }

    @Test("a weak password and the present one are refused, and change nothing")
    func weak() async throws {
        let signedIn = try await SignedIn.make()
        #expect(
            try await signedIn.change(from: TestPerson.password, to: SecretText("x9!kq"))?.weaknesses == ["too_short"])
        #expect(try await signedIn.change(from: TestPerson.password, to: TestPerson.password)?.weaknesses == ["reused"])
        #expect(try await signedIn.tenant.signIn(signedIn.person.login).tokens != nil)
    }

    @Test("a change that cannot be recorded is not made")
    func unrecorded() async throws {
        let signedIn = try await SignedIn.make()
        let failing = signedIn.tenant.tenant.failing(at: RecordAuditEvent.self)
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await signedIn.tenant.services.ownAccount(in: failing).changePassword(
                from: TestPerson.password, to: new, signedIn.session, by: signedIn.caller)
        }
        #expect(try await signedIn.tenant.signIn(signedIn.person.login).tokens != nil)
    }
}

/// Somebody who is signed in to a tenant of his own.
private struct SignedIn {
    let tenant: TestTenant
    let person: TestPerson
    let session: LiveSession
    let caller: Caller

    static func make() async throws -> SignedIn {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let session = try #require(try await tenant.session(of: person.tokens))
        return SignedIn(tenant: tenant, person: person, session: session, caller: try await tenant.caller(person))
    }

    var account: OwnAccount { get async throws { try await tenant.services.ownAccount(in: tenant.tenant) } }

    /// Changes the password, and gives why that was refused.
    func change(from current: SecretText, to new: SecretText) async throws -> Refusal? {
        try await account.changePassword(from: current, to: new, session, by: caller).refusal
    }
}
