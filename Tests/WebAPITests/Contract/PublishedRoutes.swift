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
        let registry = TenantRegistry()
        let gate = Gate(registry: registry, kernel: kernel, operators: Operators(database: database, now: now))
        let opener = TenantOpener(
            databases: AbsentTenants(), hierarchy: kernel.hierarchy, keyCache: kernel.keyCache,
            hashing: { _ in AbsentPool() }, publicURL: "https://auth.example.com",
            logger: Logger(label: "test"), now: now)
        let configurations = TenantConfigurations(
            kernel: kernel, databases: AbsentTenants(), registry: registry, opener: opener,
            catalog: ProviderCatalog(), logger: Logger(label: "test"))
        let table = RouteTable.standard(
            gate: gate, kernel: kernel, tenants: TenantRecords(database: database, now: now),
            configurations: configurations)
        return table.routes + OperationsRoutes(readiness: Readiness([]), metrics: PrometheusMetrics()).routes
    }
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
