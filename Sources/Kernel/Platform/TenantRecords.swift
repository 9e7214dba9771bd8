package import Foundation
package import PluginKit

/// The registry of tenants in the database: which there are, by which id, in which state.
package struct TenantRecords: Sendable {
    private let database: any PlatformDatabase
    private let now: @Sendable () -> Date

    package init(database: any PlatformDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// Enters the tenants of the files, all in one round trip however many there are; those known keep their ids.
    package func register(_ plans: [(slug: String, name: String)]) async throws -> [TenantRecord] {
        let ids = plans.map { _ in TenantID.make(at: now()) }
        let slugs = plans.map(\.slug)
        // Two statements: the first waits for another node that enters the same tenant, and only what is read after it
        // is what that node left.
        let results = try await database.run([
            BoundStatement(RegisterFileTenants(ids: ids, slugs: slugs, names: plans.map(\.name), at: now())),
            BoundStatement(FindTenants(slugs: slugs)),
        ])
        return try FindTenants.rows(of: results[1])
    }

    package func find(slug: String) async throws -> TenantRecord? {
        try await database.first(FindTenant(slug: slug))
    }

    package func find(id: TenantID) async throws -> TenantRecord? {
        try await database.first(FindTenantByID(id: id))
    }

    /// Tenants in the order in which they were made: one page of at most `limit`, made after `after`.
    package func list(after: TenantID?, limit: Int) async throws -> [TenantRecord] {
        try await database.rows(ListTenants(after: after, limit: limit))
    }

    /// Tenants whose values still stand in the clear, since they were made before values were sealed.
    package func unsealed(limit: Int) async throws -> [TenantID] {
        try await database.rows(ListUnsealedTenants(limit: limit))
    }

    package func markSealed(_ id: TenantID) async throws {
        try await database.execute(MarkTenantSealed(id: id, at: now()))
    }
}

/// A tenant as the registry knows it: nothing personal, nothing from inside.
package struct TenantRecord: Sendable {
    package let id: TenantID
    package let slug: String
    package let name: String
    package let state: State
    package let managedBy: String
    package let createdAt: Date
    /// When its first owner took up his invitation; `nil` while nobody has.
    package let ownedAt: Date?

    package enum State: String, Sendable {
        case active, suspended
    }
}
