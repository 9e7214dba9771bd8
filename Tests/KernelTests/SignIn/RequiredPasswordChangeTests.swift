import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A password that must be changed at the first sign-in")
struct RequiredPasswordChangeTests {
    private let new = SecretText("seven amber kettles hum")

    @Test("lets nobody in until a new one is chosen, which then is the only one")
    func change() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let transaction = try #require(try await tenant.signIn(login).transaction)
        #expect(transaction.lifetimeSeconds == 600)
        let tokens = try await change(transaction.token, in: tenant).get()
        #expect(try await tenant.session(of: tokens) != nil)
        #expect(try await tenant.signIn(login, new).tokens != nil)
        #expect(try await tenant.signIn(login).isRefused)
        #expect(try await tenant.events(.passwordSet).map(\.outcome) == ["success"])
    }

    @Test("a transaction is spent once, however many try at once")
    func once() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let token = try #require(try await tenant.signIn(login).transaction).token
        let passwords = (0..<5).map { SecretText("seven amber kettles hum \($0)") }
        let outcomes = try await inParallel(5) { try await change(token, to: passwords[$0], in: tenant).refusal }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .transactionInvalid } == 4)
        let refusals = try await tenant.events(.passwordSet).filter { $0.outcome == "refused" }
        #expect(refusals.count == 4)
        #expect(refusals.allSatisfy { $0.reason == "transaction_invalid" })
    }

    @Test("a weak password leaves the transaction as it was, and is recorded")
    func weak() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let token = try #require(try await tenant.signIn(login).transaction).token
        #expect(try await change(token, to: SecretText("x9!kq"), in: tenant).refusal?.weaknesses == ["too_short"])
        #expect(try await tenant.events(.passwordSet).first?.reason == "weak_password")
        #expect(try await change(token, in: tenant).refusal == nil)
    }

    @Test("new passwords are tried no oftener than guesses are, since each costs hashes")
    func limited() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let token = try #require(try await tenant.signIn(login).transaction).token
        let origin = RequestOrigin.test()
        for _ in 0..<5 { _ = try await change(token, to: SecretText("x9!kq"), in: tenant, from: origin) }
        let hashes = tenant.hashing.runs
        let refusal = try await change(token, in: tenant, from: origin).refusal
        guard case .tooManyAttempts = refusal else {
            Issue.record("not limited: \(String(describing: refusal))")
            return
        }
        #expect(tenant.hashing.runs == hashes)
        tenant.clock.advance(by: .seconds(60))
        #expect(try await change(token, in: tenant, from: origin).refusal == nil)
    }

    @Test("the password that must be changed is no new one")
    func same() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let token = try #require(try await tenant.signIn(login).transaction).token
        #expect(try await change(token, to: TestPerson.password, in: tenant).refusal?.weaknesses == ["reused"])
    }

    @Test("a transaction ends to the second")
    func expiry() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let first = try #require(try await tenant.signIn(login).transaction).token
        tenant.clock.advance(by: .seconds(1))
        let second = try #require(try await tenant.signIn(login).transaction).token
        tenant.clock.advance(by: .seconds(599))
        #expect(try await change(first, in: tenant).refusal == .transactionInvalid)
        #expect(try await change(second, in: tenant).refusal == nil)
    }

    @Test("a transaction is nothing in another tenant, even to the same person there")
    func otherTenant() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let (other, _) = try await tenantWithNewcomer(login)
        let token = try #require(try await tenant.signIn(login).transaction).token
        #expect(try await change(token, in: other).refusal == .transactionInvalid)
        #expect(try await change(token, in: tenant).refusal == nil)
    }

    @Test("a transaction is nothing once its person is suspended")
    func suspended() async throws {
        let (tenant, login) = try await tenantWithNewcomer()
        let token = try #require(try await tenant.signIn(login).transaction).token
        let id = try #require(try await tenant.user(login))
        _ = try await tenant.services.people(of: tenant.tenant).suspend(id, by: .hostOperator(.test())).get()
        #expect(try await change(token, in: tenant).refusal == .transactionInvalid)
    }

    @Test("no other kind of token takes its place")
    func otherTokens() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        for token in [
            person.tokens.refreshToken, person.tokens.accessToken, try OpaqueToken.make(.signInTransaction).text,
        ] {
            #expect(try await change(token, in: tenant).refusal == .transactionInvalid)
        }
    }

    // MARK: Parts

    /// A tenant with a person whose password somebody else has set.
    private func tenantWithNewcomer(_ login: String = "new@example.com") async throws -> (TestTenant, login: String) {
        let tenant = try await TestTenant.make()
        let newcomer = NewUser(login: login.asLogin(), password: TestPerson.password)
        _ = try await tenant.services.people(of: tenant.tenant).create(newcomer, by: .hostOperator(.test())).get()
        return (tenant, login)
    }

    private func change(
        _ token: SecretText, to password: SecretText? = nil, in tenant: TestTenant, from origin: RequestOrigin = .test()
    ) async throws -> Outcome<IssuedTokens> {
        try await tenant.services.signIn(to: tenant.tenant).changePassword(
            transaction: token, newPassword: password ?? new, origin: origin
        ).tokens()
    }
}
