import Cryptography
import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// How PostgreSQL finds things among many, as the application role of one tenant.
@Suite("Among many API keys of several tenants")
struct KeyPlanTests {
    @Test("what is done at each request finds its rows by an index, whatever the server knows of the tables")
    func indexes() async throws {
        let crowd = try await CrowdedTenants.make()
        let administrator = try await TestDatabase.shared.administrator
        for isAnalyzed in [false, true] {
            if isAnalyzed { try await administrator.affected("ANALYZE") }
            for statement in crowd.statements {
                for isGeneric in [false, true] {
                    for tenant in [crowd.large, crowd.small] {
                        let plan = try await tenant.database.plan(
                            of: statement.sql, with: statement.arguments, isGeneric: isGeneric)
                        #expect(plan.contains(statement.index), "\(plan)")
                        #expect(!plan.contains("Seq Scan on api_key"), "\(plan)")
                    }
                }
            }
        }
    }
}

/// Two tenants among others with many keys: one has nearly all of them, one has a few.
private struct CrowdedTenants {
    let large: TestTenant
    let small: TestTenant
    let statements: [(sql: SQL, arguments: String, index: String)]

    static func make() async throws -> CrowdedTenants {
        let (large, small) = (try await TestTenant.make(), try await TestTenant.make())
        let issued = try await large.apiKey()
        try await large.plantKeys(18_000, like: issued)
        try await small.plantKeys(2000, like: try await small.apiKey())
        for _ in 0..<2 {
            let other = try await TestTenant.make()
            try await other.plantKeys(1000, like: try await other.apiKey())
        }
        let hash = "decode('\(Hexadecimal.encode([UInt8](repeating: 7, count: 32)))', 'hex')"
        let key = "'\(issued.key.id.rawValue)'"
        return CrowdedTenants(
            large: large, small: small,
            statements: [
                (FindKeyByHash.sql, hash, "api_key_secrets_tenant_id_hash_key"),
                (LockAPIKey.sql, key, "api_keys_pkey"),
                (ListOpenSecrets.sql, key, "api_key_secrets"),
                (FindAPIKey.sql, key, "api_keys_pkey"),
                (ListAPIKeys.sql, "\(key), NULL, NULL, NULL, NULL, NULL, 'active', now(), 51", "api_keys_pkey"),
                (ListDueSecrets.sql, "now(), 200", "api_key_secrets_due"),
            ])
    }
}
