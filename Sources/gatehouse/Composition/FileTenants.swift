import Foundation
import Kernel
import Logging
import PluginKit

/// The tenants of the files, as this process serves them.
struct FileTenants: Sendable {
    let registry = TenantRegistry()
    private let reload: TenantReload
    private let records: TenantRecords

    init(installation: Installation, publicURL: String) {
        let records = installation.tenantRecords
        self.records = records
        reload = TenantReload(
            directory: TenantDirectory(path: installation.settings.tenants, catalog: .standard), registry: registry,
            opener: installation.opener(publicURL: publicURL),
            register: { plans in try await Self.register(plans, in: records) })
    }

    /// Gives back what the tenants' providers hold open, when nobody is served any more.
    func close() async { await reload.closeAll() }

    /// Reads the files and serves what they say.
    ///
    /// - Throws: ``TenantFilesRefused``, or why a tenant did not open; what was served before is served still.
    func load() async throws {
        if case .refused(let problems) = try await reload.run() { throw TenantFilesRefused(problems: problems) }
    }

    /// Those that have no owner yet.
    func withoutOwner() async throws -> [Tenant] {
        let plans = registry.all.map { ($0.slug.text, $0.name) }
        let unowned = try await records.register(plans).filter { $0.ownedAt == nil }
        return unowned.compactMap { registry.tenant(id: $0.id) }
    }

    private static func register(
        _ plans: [TenantPlan], in records: TenantRecords
    ) async throws -> [TenantSlug: RegisteredTenant] {
        let entered = try await records.register(plans.map { ($0.slug.text, $0.name) })
        let pairs = entered.compactMap { record in
            TenantSlug(record.slug).map {
                ($0, RegisteredTenant(id: record.id, isSuspended: record.state == .suspended))
            }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}

/// Tenant files that cannot be used.
struct TenantFilesRefused: Error, CustomStringConvertible {
    let problems: [TenantFileProblem]

    var description: String { problems.map(\.description).joined(separator: "\n") }
}
