import Cryptography
import Foundation
import Kernel
import Logging
import PluginKit

@testable import WebAPI

/// The routes of both ports as the program declares them, over a database that nobody asks.
enum PublishedRoutes {
    static func all() throws -> [Route] {
        let now: @Sendable () -> Date = { Date(timeIntervalSince1970: 1_750_000_000) }
        let keys = try KeyEncryptionKeys([KeyBytes(repeatElement(7, count: KeyEncryptionKeys.sizeBytes))])
        let kernel = KernelServices(
            hierarchy: KeyHierarchy(encryption: KeyEncryption([keys]), now: now),
            platformSecrets: PlatformSecrets([KeyBytes(repeatElement(8, count: 32))]),
            databases: AbsentTenants(), now: now)
        let database = AbsentDatabase()
        let gate = Gate(registry: TenantRegistry(), kernel: kernel, operators: Operators(database: database, now: now))
        let table = RouteTable.standard(gate: gate, kernel: kernel, platform: services(kernel, database, now))
        return table.routes + OperationsRoutes(readiness: Readiness([]), metrics: PrometheusMetrics()).routes
    }

    private static func services(
        _ kernel: KernelServices, _ database: AbsentDatabase, _ now: @escaping @Sendable () -> Date
    ) -> PlatformServices {
        let records = TenantRecords(database: database, now: now)
        let opener = TenantOpener(
            databases: AbsentTenants(), hierarchy: kernel.hierarchy, keyCache: kernel.keyCache,
            hashing: { _ in AbsentPool() },
            hostRules: HostRules(kept: []),
            publicURL: "https://auth.example.com", logger: Logger(label: "test"), now: now)
        let configurations = TenantConfigurations(
            kernel: kernel, databases: AbsentTenants(), registry: TenantRegistry(), opener: opener,
            catalog: ProviderCatalog(), logger: Logger(label: "test"))
        let onboarding = Onboarding(
            kernel: kernel, records: records, registry: TenantRegistry(),
            configurations: configurations, template: SettingsNode(.map([]), line: 1),
            issuer: { _ in nil })
        return PlatformServices(
            records: records, onboarding: onboarding,
            checks: TenantChecks(records: records, probe: AbsentProbe(), now: now),
            offboarding: Offboarding(
                kernel: kernel, platform: database, databases: AbsentTenants(), files: TenantFilesInForce(),
                logger: Logger(label: "test")),
            domains: TenantDomains(database: database, resolver: SilentResolver(), now: now),
            configurations: configurations)
    }
}

/// Tenants that nobody reaches.
private struct AbsentProbe: TenantProbe {
    func issuer(at address: String) async throws -> String { throw DatabaseError.unavailable }

    func signIn(at address: String, login: String, password: String) async throws -> TenantProbeAnswer {
        throw DatabaseError.unavailable
    }
}

/// Name servers that nobody asks.
private struct SilentResolver: TextRecordResolver {
    func texts(of name: String) async throws -> [[UInt8]] { throw NameServersSilent(reason: "nobody is there") }
}

/// A database that is away.
private struct AbsentDatabase: PlatformDatabase {
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] { throw DatabaseError.unavailable }
}

/// Tenants whose database is away.
private struct AbsentTenants: TenantDatabases {
    func database(of tenant: TenantID) -> any TenantDatabase { AbsentTenant() }
}

private struct AbsentTenant: TenantDatabase {
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] { throw DatabaseError.unavailable }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        throw DatabaseError.unavailable
    }
}

/// A pool that takes no work.
private struct AbsentPool: HashingPool {
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        throw DatabaseError.unavailable
    }
}
