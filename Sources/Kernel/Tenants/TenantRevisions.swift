package import Foundation
package import Logging
package import PluginKit

/// The documents of one tenant that stand in the database, revision by revision, sealed under its key.
package struct TenantRevisions: Sendable {
    private let tenant: TenantID
    private let database: any TenantDatabase
    private let hierarchy: KeyHierarchy
    private let logger: Logger
    private let now: @Sendable () -> Date

    package init(
        tenant: TenantID, database: any TenantDatabase, hierarchy: KeyHierarchy, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.tenant = tenant
        self.database = database
        self.hierarchy = hierarchy
        self.logger = logger
        self.now = now
    }

    /// One revision with its document; `nil` where there is none of that number.
    package func revision(_ number: Int) async throws -> TenantRevision? {
        guard let stored = try await database.first(FindRevision(number: number)) else { return nil }
        let document = try await cells().open(stored.sealedDocument, at: Cell(.tenantDocument, row: stored.id))
        return TenantRevision(
            number: stored.number, document: document, author: stored.author, createdAt: stored.createdAt)
    }

    /// Revisions without their documents, the newest first: one page of at most `limit`, older than `before`.
    package func list(before: Int?, limit: Int) async throws -> [RevisionSummary] {
        try await database.rows(ListRevisions(before: before, limit: limit))
    }

    private func cells() async throws -> TenantCells {
        TenantCells(
            keyring: try await hierarchy.keyring(of: tenant, in: database), hierarchy: hierarchy, database: database,
            logger: logger, now: now)
    }
}

/// One revision of a tenant's document.
package struct TenantRevision: Sendable {
    package let number: Int
    /// YAML, as the folder of tenant files holds it.
    package let document: [UInt8]
    /// Who made it: `operator:opr_…`, or `host`.
    package let author: String
    package let createdAt: Date

    /// The plan that the document describes.
    ///
    /// - Throws: ``RevisionRefused``.
    func plan(slug: String, catalog: ProviderCatalog) throws -> TenantPlan {
        let source = "\(slug), revision \(number)"
        do {
            return try TenantPlan(
                document: document, title: slug, source: source, origin: .database, catalog: catalog)
        } catch {
            throw RevisionRefused(source: source, problems: error.list)
        }
    }
}

/// A revision of a tenant's document, without the document.
package struct RevisionSummary: Sendable {
    package let number: Int
    package let author: String
    package let createdAt: Date
}

/// This program does not take a document that an earlier one took.
package struct RevisionRefused: Error, CustomStringConvertible {
    let source: String
    let problems: [SettingsProblem]

    package var description: String { "\(source): " + problems.map(\.description).joined(separator: "; ") }
}
