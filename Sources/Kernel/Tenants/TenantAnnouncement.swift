import Foundation
package import PluginKit

/// What the database announces when a tenant has changed: `<uuid> <slug>`, and behind it the domain where one has become
/// the tenant's own, or is no longer. The slug is empty for what is left of a deleted tenant.
package struct TenantAnnouncement: Sendable, Equatable {
    package let id: TenantID
    package let slug: TenantSlug?
    package let domain: DomainName?

    /// `nil` for text that is no such announcement.
    package init?(_ payload: String) {
        let parts = payload.split(separator: " ", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let uuid = UUID(uuidString: String(parts[0])) else { return nil }
        let slug = TenantSlug(String(parts[1]))
        guard slug != nil || parts[1].isEmpty else { return nil }
        let domain = parts.count == 3 ? DomainName(String(parts[2])) : nil
        guard domain != nil || parts.count == 2 else { return nil }
        id = TenantID(rawValue: uuid)
        self.slug = slug
        self.domain = domain
    }
}
