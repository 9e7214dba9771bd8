import Kernel

/// Finds tenants that are open already by the domains that they have proved to be theirs.
struct DomainSource: TenantSource {
    let records: TenantRecords

    func record(_ name: TenantName) async throws -> TenantRecord? {
        guard case .domain(let domain) = name else { return nil }
        return try await records.find(domain: domain)
    }

    func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? { nil }
}
