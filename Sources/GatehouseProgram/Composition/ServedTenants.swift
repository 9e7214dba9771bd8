import Foundation
import Kernel
import Logging
import PluginKit

/// The tenants that this process serves: those of the files, and those of the database as somebody asks for them.
struct ServedTenants: Sendable {
    let registry: TenantRegistry
    /// The tenant files as they are in force.
    let files: TenantFilesInForce
    private let reload: TenantReload
    private let records: TenantRecords

    init(installation: Installation, publicURL: String) {
        let records = installation.tenantRecords
        let files = TenantFilesInForce()
        let source = installation.tenantSource(files: files, publicURL: publicURL)
        let announcements = installation.announcements
        let registry = TenantRegistry(
            source: source, isTrusted: { announcements.isHearing }, now: installation.kernel.now)
        let issuers = installation.issuers
        self.files = files
        let domains = installation.tenantDomains
        self.records = records
        self.registry = registry
        announcements.tell(registry)
        reload = TenantReload(
            directory: TenantDirectory(path: installation.settings.tenants, catalog: Program.plugins), files: files,
            registry: registry, source: source, logger: installation.logger, declare: domains.declare,
            register: { plans in
                try await records.register(plans.map { ($0.slug.text, $0.name) }, issuers: issuers.issuer(of:))
            })
    }

    /// Gives back what the tenants' providers hold open, when nobody is served any more.
    func close() async { await reload.closeAll() }

    /// Reads the files and serves what they say.
    ///
    /// - Throws: ``TenantFilesRefused``, or why the database could not be asked; what was served before is served still.
    @discardableResult
    func load() async throws -> TenantReload.Outcome {
        let outcome = try await reload.run()
        if case .refused(let problems) = outcome { throw TenantFilesRefused(problems: problems) }
        return outcome
    }

    /// How many the files describe.
    var countOfFiles: Int { files.all.count }

    /// Those of the files that name a first owner and have none yet.
    func withoutOwner() async throws -> [Tenant] {
        let plans = files.all.filter { $0.firstOwner != nil }
        let records = try await records.register(plans.map { ($0.slug.text, $0.name) })
        var tenants: [Tenant] = []
        for record in records where record.ownedAt == nil {
            // One that does not open is nobody's to invite into.
            guard let tenant = try? await registry.tenant(id: record.id) else { continue }
            tenants.append(tenant)
        }
        return tenants
    }
}

/// Tenant files that cannot be used.
struct TenantFilesRefused: Error, CustomStringConvertible {
    let problems: [TenantFileProblem]

    var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Which issuers tenants get for good: those below the public address, where the operator has set one. An address that was
/// merely found, such as a free port of this machine, is not made to last.
struct FixedIssuers: Sendable {
    let publicURL: String?

    func issuer(of slug: String) -> String? {
        publicURL.map { ($0.hasSuffix("/") ? String($0.dropLast()) : $0) + "/t/" + slug }
    }
}
