import Foundation
import Logging
import PluginKit
import Testing

@testable import Kernel

@Suite("Opening a tenant")
struct TenantOpenerTests {
    private let fixture: TenantFixture
    private let id = TenantID.make(at: Date(timeIntervalSince1970: 1_750_000_000))

    init() throws {
        fixture = try TenantFixture()
    }

    @Test("an open tenant has the address, policy and provider that its document says")
    func open() async throws {
        let plan = try fixture.plan(
            """
            tenant: acme
            name: Acme Inc.
            first_owner: ops@acme.example
            sign_in: { password: {} }
            policy: { sessions: { access_token: 5m } }
            cors: { origins: [https://app.acme.example] }
            """)
        let tenant = try await fixture.opener.open(plan, id: id)
        #expect(tenant.id == id)
        #expect(tenant.issuer == "https://auth.example.com/t/acme")
        #expect(tenant.audience == tenant.issuer)
        #expect(tenant.firstOwner == "ops@acme.example")
        #expect(tenant.policy.accessTokenLifetime == .seconds(300))
        #expect(tenant.policy.refreshTokenLifetime == .seconds(7 * 86_400))
        #expect(tenant.corsOrigins == ["https://app.acme.example"])
        #expect(tenant.logger[metadataKey: "tenant"] == .string("acme"))
        let passwords = try #require(tenant.passwordAuthenticator as? TestPasswords)
        #expect(passwords === tenant.passwordKeeper as? TestPasswords)
        #expect(passwords.context.tenantSlug == "acme")
    }

    @Test("an audience of its own takes the issuer's place")
    func audience() async throws {
        let plan = try fixture.plan("{tenant: acme, name: A, audience: api, sign_in: {password: {}}}")
        #expect(try await fixture.opener.open(plan, id: id).audience == "api")
    }

    @Test("secrets are open before the providers, and each backend before those listed after it")
    func secretsFirst() async throws {
        let plan = try fixture.plan(
            """
            {tenant: acme, name: A, secrets: {env: {}, vault: {token: 'env:TOKEN'}},
             sign_in: {password: {pepper: {id: one, secret: 'env:PEPPER'}}}}
            """)
        let tenant = try await fixture.opener.open(plan, id: id)
        let pepper = try await tenant.secrets.resolve(SecretReference(backend: "env", name: "PEPPER"))
        #expect(pepper.value.matches(SecretText("value of PEPPER").bytes))
    }

    @Test("a provider that does not open is named with its file, and the tenant stays closed")
    func failure() async throws {
        let plan = try fixture.plan(
            """
            {tenant: acme, name: A, secrets: {env: {}},
             sign_in: {password: {pepper: {id: one, secret: 'env:MISSING'}}}}
            """
        )
        let error = await #expect(throws: TenantOpeningError.self) { try await fixture.opener.open(plan, id: id) }
        #expect(
            error?.description == "acme.yaml: opening the provider `password`: "
                + "finding the secret env:MISSING: there is none by that name")
    }

    @Test(
        "a secret is refused that no backend of the tenant may be asked for",
        arguments: [("file", "pepper"), ("env", "lower"), ("env", "MISSING")])
    func refusedSecrets(_ backend: String, _ name: String) async throws {
        let plan = try fixture.plan("{tenant: acme, name: A, secrets: {env: {}}, sign_in: {password: {}}}")
        let tenant = try await fixture.opener.open(plan, id: id)
        await #expect(throws: SecretBackendError.self) {
            try await tenant.secrets.resolve(SecretReference(backend: backend, name: name))
        }
    }
}
