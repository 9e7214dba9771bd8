import Foundation
package import PluginKit

/// Which tenants have something to do about their keys. Asked across tenants, as the maintenance role, which sees whose
/// alarm has gone off and nothing else; what there is to do is done under each tenant's own context.
package struct TenantAlarms: Sendable {
    private static let pageSize = 200

    private let database: any PlatformDatabase

    /// - Parameter database: a connection as the maintenance role.
    package init(database: any PlatformDatabase) {
        self.database = database
    }

    /// Calls `body` with each tenant whose alarm has gone off, by the database's clock, the longest waiting first.
    package func forEach(_ body: (TenantID) async throws -> Void) async throws {
        var after: (at: Date, tenant: TenantID)?
        while true {
            let page = try await database.rows(ListTenantsWithAlarm(after: after, limit: Self.pageSize))
            for alarm in page { try await body(alarm.tenant) }
            guard page.count == Self.pageSize, let last = page.last else { return }
            after = (last.at, last.tenant)
        }
    }

    /// Tenants with API keys that should have been rotated by now; at most `limit`.
    package func withOverdueKeys(limit: Int) async throws -> [TenantID] {
        try await database.rows(ListTenantsWithOverdueKeys(limit: limit))
    }
}
