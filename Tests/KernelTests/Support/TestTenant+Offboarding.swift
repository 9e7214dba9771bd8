import DatabaseTesting
import PluginKit
import PluginTesting

@testable import Kernel

extension TestTenant {
    /// Lets go of tenants as one node does; nothing settles, and nobody waits.
    func offboarding(
        registry: TenantRegistry? = nil, files: TenantFilesInForce = TenantFilesInForce(),
        failingAt statement: SQL? = nil, _ change: (inout OffboardingPace) -> Void = { _ in }
    ) async throws -> Offboarding {
        let database = try await TestDatabase.shared
        var pace = OffboardingPace()
        pace.settling = .zero
        pace.pause = { _ in await Task.yield() }
        change(&pace)
        let failing = statement.map { FailingDatabases(databases: database.tenants, statement: $0) }
        return Offboarding(
            kernel: services, platform: database.platform, databases: failing ?? database.tenants, files: files,
            registry: registry, pace: pace, logger: tenant.logger)
    }

    /// The operation that lets go of this tenant, begun here where it was not yet.
    @discardableResult
    func letGo(by offboarding: Offboarding) async throws -> PlatformOperation {
        let name = tenant.slug.text
        guard case .begun(let operation) = try await offboarding.begin(name, by: .host(requestID: "test")) else {
            throw Refusal.notFound
        }
        return operation
    }

    /// How many rows of a table there are, of this tenant.
    func count(of table: String) async throws -> Int {
        try await TestDatabase.shared.administrator.affected(
            "SELECT FROM gatehouse.\(table) WHERE tenant_id = '\(id.rawValue)'")
    }

    /// What was recorded about this tenant on the platform.
    func platformEvents(_ type: String) async throws -> Int {
        try await TestDatabase.shared.administrator.affected(
            "SELECT FROM gatehouse.platform_events WHERE subject = '\(id)' AND type = '\(type)'")
    }
}

extension Offboarding {
    /// Takes an operation on, does one step and is gone, as who is killed. The next takes over at once where the lease
    /// is over at once.
    func stepAndDie(_ id: OperationID) async throws -> Step? {
        guard let operation = try await claim(id) else { return nil }
        return try await step(operation)
    }
}

/// The databases of tenants, which are gone when one statement is to run.
private struct FailingDatabases: TenantDatabases {
    let databases: any TenantDatabases
    let statement: SQL

    func database(of tenant: TenantID) -> any TenantDatabase {
        FailingDatabase(database: databases.database(of: tenant), statement: statement)
    }
}
