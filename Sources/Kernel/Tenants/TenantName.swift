package import PluginKit

/// What a tenant is found by.
package enum TenantName: Hashable, Sendable {
    case slug(TenantSlug)
    case id(TenantID)
    /// What its API keys name it by.
    case tag(TenantTag)
    /// A domain that is proved to be its own.
    case domain(DomainName)

    /// The slug, or the written form of the id, as addresses name a tenant; `nil` for text that is neither.
    package init?(_ text: String) {
        if let id = TenantID(text) {
            self = .id(id)
        } else if let slug = TenantSlug(text) {
            self = .slug(slug)
        } else {
            return nil
        }
    }
}
