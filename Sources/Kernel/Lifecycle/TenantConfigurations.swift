package import Foundation
package import Logging
package import PluginKit

/// The configurations of tenants that stand in the database: reads them, and brings new ones into force.
///
/// A configuration is checked by the code that checks tenant files, and a tenant is opened by it before it is stored: what
/// is in force has worked once. Every change is a revision of its own.
package struct TenantConfigurations: Sendable {
    let kernel: KernelServices
    let databases: any TenantDatabases
    let registry: TenantRegistry
    private let opener: TenantOpener
    let catalog: ProviderCatalog
    private let logger: Logger

    package init(
        kernel: KernelServices, databases: any TenantDatabases, registry: TenantRegistry, opener: TenantOpener,
        catalog: ProviderCatalog, logger: Logger
    ) {
        self.kernel = kernel
        self.databases = databases
        self.registry = registry
        self.opener = opener
        self.catalog = catalog
        self.logger = logger
    }

    /// A configuration that is in force.
    package struct InForce: Sendable {
        package let tenant: Tenant
        /// Whether it is another than before.
        package let isNew: Bool
    }

    // MARK: Reading

    /// The revisions of a tenant.
    package func revisions(of tenant: TenantID) -> TenantRevisions {
        TenantRevisions(
            tenant: tenant, database: databases.database(of: tenant), hierarchy: kernel.hierarchy, logger: logger,
            now: kernel.now)
    }

    /// The document that is in force for a tenant of the database.
    package func document(of record: TenantRecord) async throws -> SettingsNode {
        guard let revision = try await revisions(of: record.id).revision(record.revision) else {
            throw OnboardingRefusal.changedMeanwhile
        }
        return try SettingsParser.parse(revision.document)
    }

    // MARK: Changing

    /// Brings a configuration into force as the tenant's next revision, unless it says what the present one says.
    ///
    /// - Throws: ``OnboardingRefusal``; nothing was changed then.
    package func bringInForce(
        _ change: ConfigurationChange, by author: OnboardingAuthor
    ) async throws -> InForce {
        let record = change.record
        guard record.managedBy == .api else { throw OnboardingRefusal.managedByFile }
        guard record.state == .active || record.state == .suspended else { throw OnboardingRefusal.slugKept }
        let present = try await document(of: record)
        let draft = try change.draft(over: present)
        if draft.document.means(present), let tenant = try await registry.tenant(id: record.id) {
            return InForce(tenant: tenant, isNew: false)
        }
        let bytes = try draft.bytes()
        let plan = try plan(bytes, slug: change.slug, source: "the configuration")
        // One that does not open can still be mended.
        let served = try? await registry.tenant(id: record.id)
        let tenant = try await open(
            plan, id: record.id, revision: record.revision + 1, issuer: record.issuer, replacing: served)
        do {
            try await store(bytes, of: tenant, by: author)
        } catch {
            await tenant.close()
            // Opening it has set dates by a rule that did not come into force; what is in force sets them again.
            _ = try? await registry.reopened(record.id)
            throw error
        }
        registry.adopt(tenant.with(record))
        tenant.keyCache.forgetAll(of: tenant.id)
        return InForce(tenant: tenant.with(record), isNew: true)
    }

    /// The plan that a document describes.
    ///
    /// - Throws: ``OnboardingRefusal/configuration(_:)`` with everything that is wrong.
    package func plan(_ document: [UInt8], slug: TenantSlug, source: String) throws -> TenantPlan {
        do {
            return try TenantPlan(
                document: document, title: slug.text, source: source, origin: .database, catalog: catalog)
        } catch {
            throw OnboardingRefusal.configuration(error.list)
        }
    }

    /// Opens a tenant by a plan that is not in force yet.
    ///
    /// - Throws: ``OnboardingRefusal/doesNotOpen(_:)`` where it is the plan's fault, or that of what it relies on.
    func open(
        _ plan: TenantPlan, id: TenantID, revision: Int, issuer: String?, replacing served: Tenant?
    ) async throws -> Tenant {
        do {
            return try await opener.open(plan, id: id, revision: revision, issuer: issuer, replacing: served)
        } catch let error as CancellationError {
            throw error
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw OnboardingRefusal.doesNotOpen("\(error)")
        }
    }

    private func store(_ document: [UInt8], of tenant: Tenant, by author: OnboardingAuthor) async throws {
        let cells = try await kernel.hierarchy.cells(of: tenant, now: kernel.now)
        let id = RevisionID.make(at: kernel.now())
        let revision = StoredRevision(
            id: id, number: tenant.revision,
            sealedDocument: try cells.seal(document, at: Cell(.tenantDocument, row: id)),
            author: author.platform.name, createdAt: kernel.now())
        let audit = AuditTrail(database: tenant.database, cells: cells, now: kernel.now)
        let event = try audit.statement(
            AuditEvent(
                .configChanged, actor: author.caller.actor, subject: tenant.id.description,
                origin: author.caller.origin, details: ["revision": "\(tenant.revision)"]))
        try await tenant.database.transaction { transaction in
            guard try await transaction.execute(AddRevision(revision: revision, name: tenant.name)) == 1 else {
                throw OnboardingRefusal.changedMeanwhile
            }
            _ = try await transaction.run([event])
        }
    }
}

/// A change of a tenant's configuration.
package struct ConfigurationChange: Sendable {
    /// The tenant as the change was decided on: where another revision is in force by now, nothing is changed.
    package let record: TenantRecord
    let slug: TenantSlug
    /// The tenant's name from now on.
    let name: String
    /// Without `tenant` and `name`; `nil` leaves it as it is.
    let configuration: SettingsNode?

    package init(record: TenantRecord, name: String, configuration: SettingsNode?) {
        self.record = record
        slug = TenantSlug(registered: record.slug)
        self.name = name
        self.configuration = configuration
    }

    /// A change to a whole document. Its `name` may be left out, and stays as it is then.
    package init(record: TenantRecord, document: SettingsNode) {
        let name: String? = if case .scalar(let text, _) = document["name"]?.content { text } else { nil }
        self.init(record: record, name: name ?? record.name, configuration: document)
    }

    func draft(over present: SettingsNode) throws -> TenantDraft {
        do {
            return try TenantDraft(slug: slug, name: name, configuration: configuration ?? present.unnamed)
        } catch {
            throw OnboardingRefusal.configuration(error.list)
        }
    }
}

extension SettingsNode {
    /// A document without the tenant's slug and name.
    package var unnamed: SettingsNode {
        guard case .map(let entries) = content else { return self }
        return SettingsNode(.map(entries.filter { $0.key != "tenant" && $0.key != "name" }), line: line)
    }
}
