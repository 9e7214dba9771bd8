package import Foundation
import Logging
import Metrics
package import PluginKit
import Synchronization

/// Keeps the metric that shows how many keys of a tenant are overdue.
///
/// They are counted when something is due about a tenant's keys, and from then on every ``interval`` until there are none:
/// keys are rotated and ended on other nodes, too. No tenant whose keys are in order is ever counted.
package final class KeyCensus: Sendable {
    /// For how long a count stands.
    package static let interval: TimeInterval = 60

    private let now: @Sendable () -> Date
    /// When those tenants were counted that have overdue keys.
    private let counted = Mutex<[TenantID: Date]>([:])

    package init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// Counts. A metric must fail nothing, so an error is only logged.
    func update(_ tenant: Tenant) async {
        do {
            let overdue = try await tenant.database.rows(ListOverdueKeys(at: now(), limit: 1)).first?.countInAll ?? 0
            Gauge(label: "gatehouse_api_keys_overdue", dimensions: [("tenant", tenant.slug.text)]).record(overdue)
            counted.withLock { $0[tenant.id] = overdue > 0 ? now() : nil }
        } catch {
            tenant.logger.debug("overdue API keys could not be counted", metadata: ["why": "\(error)"])
        }
    }

    /// Counts anew where there were overdue keys a while ago.
    ///
    /// - Parameter served: the tenant of an id, where this node serves it still.
    package func refresh(_ served: (TenantID) -> Tenant?) async {
        let old = counted.withLock { counted in
            counted.filter { now().timeIntervalSince($0.value) >= Self.interval }.map(\.key)
        }
        for id in old {
            if let tenant = served(id) {
                await update(tenant)
            } else {
                counted.withLock { $0[id] = nil }
            }
        }
    }
}
