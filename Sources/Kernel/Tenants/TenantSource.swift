package import PluginKit

/// Where the registry finds tenants that it has not open.
package protocol TenantSource: Sendable {
    /// What the database knows of the tenant with this name; one round trip.
    func record(_ name: TenantName) async throws -> TenantRecord?

    /// Whether a tenant is open by the document that is in force for it, as far as the registry does not tell.
    func isCurrent(_ tenant: Tenant) -> Bool

    /// Opens a tenant by the document that is in force for it; `nil` where nothing describes it any more.
    ///
    /// - Parameter served: the tenant as it was open until now.
    func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant?
}

extension TenantSource {
    package func isCurrent(_ tenant: Tenant) -> Bool { true }
}

/// Knows no tenant: for registries that serve only what they are given.
package struct NoTenants: TenantSource {
    package init() {}

    package func record(_ name: TenantName) async throws -> TenantRecord? { nil }

    package func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? { nil }
}

/// A tenant cannot be opened at the moment; what keeps it was logged. Others are served.
package struct TenantUnavailable: Error, CustomStringConvertible {
    package let slug: TenantSlug
    /// After how many seconds it is tried again.
    package let retryAfterSeconds: Int

    package var description: String { "the tenant \(slug) cannot be opened at the moment" }
}
