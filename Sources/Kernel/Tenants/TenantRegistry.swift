package import PluginKit
import Synchronization

/// The tenants that are served at this moment.
///
/// A look-up costs the same however many there are. All are replaced at once: nobody sees half of a new set, and who
/// holds a tenant keeps it for as long as he works.
package final class TenantRegistry: Sendable {
    private let tenants = Mutex(Snapshot([]))

    package init() {}

    package var all: [Tenant] { Array(snapshot.bySlug.values) }

    package var count: Int { snapshot.bySlug.count }

    package func tenant(slug: TenantSlug) -> Tenant? { snapshot.bySlug[slug.text] }

    package func tenant(id: TenantID) -> Tenant? { snapshot.byID[id] }

    /// The tenant by its slug or the written form of its id, as addresses name it.
    package func tenant(named text: String) -> Tenant? {
        if let id = TenantID(text) { return tenant(id: id) }
        return TenantSlug(text).flatMap(tenant(slug:))
    }

    /// The tenant that API keys with this tag belong to.
    package func tenant(tag: TenantTag) -> Tenant? { snapshot.byTag[tag] }

    /// Serves exactly `tenants` from now on. Slugs and ids must be unique.
    package func replace(with tenants: [Tenant]) {
        let next = Snapshot(tenants)
        self.tenants.withLock { $0 = next }
    }

    // The lock is held for a copy of two references only.
    private var snapshot: Snapshot { tenants.withLock { $0 } }

    private struct Snapshot {
        let bySlug: [String: Tenant]
        let byID: [TenantID: Tenant]
        let byTag: [TenantTag: Tenant]

        init(_ tenants: [Tenant]) {
            bySlug = Dictionary(uniqueKeysWithValues: tenants.map { ($0.slug.text, $0) })
            // Tags are drawn at random, so two may be alike one day: a key that names no tenant is then none of the second.
            byTag = Dictionary(tenants.map { (TenantTag($0.id), $0) }) { first, _ in first }
            byID = Dictionary(uniqueKeysWithValues: tenants.map { ($0.id, $0) })
        }
    }
}
