import Foundation
import Metrics
package import PluginKit
import Synchronization

/// Keeps the metric that shows how many keys of a tenant are overdue, as far as this node knows.
///
/// A tenant is counted when something became due about its keys; one that has overdue keys is counted again and again, so
/// that the number falls wherever they are rotated. A tenant that has none costs nothing.
package final class KeyCensus: Sendable {
    private let now: @Sendable () -> Date
    /// The tenants of which the metric shows more than zero.
    private let shown = Mutex<Set<TenantID>>([])

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    package func count(_ tenant: Tenant) async throws {
        let overdue = try await APIKeys.overdue(in: tenant.database, at: now(), limit: 1).first?.countInAll ?? 0
        let wasShown = shown.withLock { shown in
            if overdue > 0 { return !shown.insert(tenant.id).inserted }
            return shown.remove(tenant.id) != nil
        }
        guard overdue > 0 || wasShown else { return }
        Gauge(label: "gatehouse_api_keys_overdue", dimensions: [("tenant", tenant.slug.text)]).record(overdue)
    }

    /// The tenants that had overdue keys when they were last counted.
    package var withOverdueKeys: [TenantID] { shown.withLock { Array($0) } }
}
