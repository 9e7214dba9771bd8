import PluginKit
import PluginTesting
import Testing

@testable import EnvironmentSecrets

@Suite("Secrets from the environment")
struct EnvironmentSecretsTests {
    private let environment = [
        "GATEHOUSE_ACME_PEPPER": "of acme",
        "GATEHOUSE_ACME_CORP_PEPPER": "corp pepper of acme",
        "GATEHOUSE_ACME__CORP_PEPPER": "of acme-corp",
        "GATEHOUSE_ACME_EMPTY": "",
        "GATEHOUSE_ACME_LINE": "with a newline\n",
        "GATEHOUSE_BETA_PEPPER": "of beta",
        "PATH": "/bin",
    ]

    @Test("a tenant reads the variables of its own prefix")
    func ownVariables() async throws {
        #expect(try await value("PEPPER", of: "acme") == "of acme")
        #expect(try await value("PEPPER", of: "beta") == "of beta")
        #expect(try await value("PEPPER", of: "gamma") == nil)
    }

    @Test("a variable belongs to one tenant only, even where one slug begins like another")
    func noSharedVariables() async throws {
        #expect(try await value("PEPPER", of: "acme-corp") == "of acme-corp")
        #expect(try await value("CORP_PEPPER", of: "acme") == "corp pepper of acme")
        #expect(try await value("_CORP_PEPPER", of: "acme") == nil)
    }

    @Test("no two pairs of slug and name read the same variable")
    func unambiguousVariables() {
        let slugs = ["a", "ab", "a-b", "a--b", "a-", "a--", "a-b-", "a-b-c", "ab-c", "a1", "a-1"]
        let names = ["A", "B", "B_C", "B__C", "C", "1", "A_", "B_", "A__B", "1_B"]
        let variables = slugs.flatMap { slug in names.map { EnvironmentPrefix.of(tenantSlug: slug) + $0 } }
        #expect(Set(variables).count == slugs.count * names.count)
    }

    @Test("another tenant's variable and the process's own have no name")
    func foreignNames() async throws {
        for name in ["BETA_PEPPER", "GATEHOUSE_BETA_PEPPER", "PATH", "../PATH", ""] {
            #expect(try await value(name, of: "acme") == nil, "\(name)")
        }
    }

    @Test("an empty variable counts as absent")
    func emptyVariable() async throws {
        #expect(try await value("EMPTY", of: "acme") == nil)
    }

    @Test("a value is taken as it is")
    func untrimmedValue() async throws {
        #expect(try await value("LINE", of: "acme") == "with a newline\n")
    }

    @Test("when a value came to be is not known, and it is never in doubt")
    func times() async throws {
        let provider = EnvironmentSecretsProvider(tenantSlug: "acme", environment: environment)
        let found = try #require(try await provider.resolve("PEPPER"))
        #expect(found.changedAt == nil)
        #expect(found.unconfirmedSince == nil)
    }

    @Test("names are capitals, digits and underscores")
    func names() {
        for good in ["PEPPER", "P", "PEPPER_2", "2FA", "A__B", String(repeating: "A", count: 128)] {
            #expect(EnvironmentSecretsProvider.nameProblem(good) == nil, "\(good)")
        }
        for bad in ["", "_P", "pepper", "PEPPER-2", "PÄPPER", "P P", "P\n", "P=1", String(repeating: "A", count: 129)] {
            #expect(EnvironmentSecretsProvider.nameProblem(bad) != nil, "\(bad)")
        }
    }

    @Test("the process's own secrets are read without a tenant")
    func processSecrets() async throws {
        let secrets = EnvironmentSecrets(prefix: "GATEHOUSE_", environment: ["GATEHOUSE_KEY": "k", "OTHER_KEY": "o"])
        #expect(try await secrets.resolve("KEY")?.value.matches(SecretBytes("k".utf8)) == true)
        #expect(try await secrets.resolve("OTHER_KEY") == nil)
    }

    @Test("keeps the rules of a secret backend")
    func conformance() async {
        let suite = SecretBackendConformance(
            .init(
                wellFormedName: { $0.uppercased() },
                takesBinary: false,
                backend: { secrets in
                    let variables = secrets.map { ("GATEHOUSE_ACME_" + $0, String(decoding: $1, as: UTF8.self)) }
                    return EnvironmentSecretsProvider(
                        tenantSlug: "acme", environment: Dictionary(uniqueKeysWithValues: variables))
                }))
        #expect(await suite.violations() == [])
    }

    @Test("has sound settings")
    func settings() {
        #expect(ProviderSettingsConformance(EnvironmentSettings.self).violations() == [])
    }

    private func value(_ name: String, of tenant: String) async throws -> String? {
        let provider = EnvironmentSecretsProvider(tenantSlug: tenant, environment: environment)
        return try await provider.resolve(name)?.value.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    }
}
