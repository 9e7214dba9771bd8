package import Foundation
package import Logging
package import PluginKit

/// Finds tenants in the database and opens them by the document in force: a file, or a revision that stands there.
package struct StoredTenants: TenantSource {
    private let records: TenantRecords
    private let files: TenantFilesInForce
    private let databases: any TenantDatabases
    private let hierarchy: KeyHierarchy
    private let opener: TenantOpener
    private let catalog: ProviderCatalog
    private let logger: Logger
    private let now: @Sendable () -> Date

    package init(
        records: TenantRecords, files: TenantFilesInForce, databases: any TenantDatabases, hierarchy: KeyHierarchy,
        opener: TenantOpener, catalog: ProviderCatalog, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.records = records
        self.files = files
        self.databases = databases
        self.hierarchy = hierarchy
        self.opener = opener
        self.catalog = catalog
        self.logger = logger
        self.now = now
    }

    package func record(_ name: TenantName) async throws -> TenantRecord? {
        switch name {
        case .slug(let slug): try await records.find(slug: slug.text)
        case .id(let id): try await records.find(id: id)
        case .tag(let tag): try await records.find(tag: tag)
        case .domain(let domain): try await records.find(domain: domain)
        }
    }

    package func isCurrent(_ tenant: Tenant) -> Bool {
        // The registry counts the revisions of the others.
        tenant.revision > 0 || files.plan(of: tenant.slug.text)?.digest == tenant.plan.digest
    }

    package func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? {
        do {
            guard let plan = try await plan(of: record) else { return nil }
            let tenant = try await opener.open(
                plan, id: record.id, isSuspended: record.state == .suspended, revision: record.revision,
                issuer: record.issuer, replacing: served)
            if record.trouble != nil { await note(nil, of: record) }
            return tenant
        } catch let error as CancellationError {
            throw error
        } catch let error as DatabaseError {
            throw error
        } catch {
            await note("\(error)", of: record)
            throw error
        }
    }

    /// The plan that is in force for a tenant; `nil` for one of a file that is gone.
    ///
    /// - Throws: ``RevisionRefused`` where this program does not take the document that stands in the database.
    package func plan(of record: TenantRecord) async throws -> TenantPlan? {
        switch record.managedBy {
        case .file: return files.plan(of: record.slug)
        case .api:
            let revisions = TenantRevisions(
                tenant: record.id, database: databases.database(of: record.id), hierarchy: hierarchy, logger: logger,
                now: now)
            return try await revisions.revision(record.revision)?.plan(slug: record.slug, catalog: catalog)
        }
    }

    /// Leaves word for `gatehouse doctor`. What comes of it changes nothing for whoever waits for the tenant.
    private func note(_ trouble: String?, of record: TenantRecord) async {
        guard record.trouble != trouble else { return }
        do {
            try await records.note(trouble: trouble, of: record.id)
        } catch {
            logger.warning("a tenant's trouble could not be noted", metadata: ["error": "\(error)"])
        }
        if let trouble {
            logger.error(
                "a tenant does not open; others are served",
                metadata: ["tenant": "\(record.slug)", "error": "\(trouble)"])
        }
    }
}
