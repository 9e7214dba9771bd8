import Foundation
package import PluginKit

/// What the database announces when a tenant has changed: `<uuid> <slug>`; the slug is empty for what is left of a deleted
/// tenant.
package struct TenantAnnouncement: Sendable, Equatable {
    package let id: TenantID
    package let slug: TenantSlug?

    /// `nil` for text that is no such announcement.
    package init?(_ payload: String) {
        let parts = payload.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let uuid = UUID(uuidString: String(parts[0])) else { return nil }
        let slug = TenantSlug(String(parts[1]))
        guard slug != nil || parts[1].isEmpty else { return nil }
        id = TenantID(rawValue: uuid)
        self.slug = slug
    }
}
