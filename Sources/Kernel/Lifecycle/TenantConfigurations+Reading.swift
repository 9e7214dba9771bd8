package import Foundation
package import PluginKit

/// The configuration that is in force, and what another one would change.
extension TenantConfigurations {
    /// The configuration in force: a revision of the database, or what the tenant's file said when it was last taken up.
    ///
    /// - Returns: `nil` for a tenant of a file that is gone.
    package func inForce(_ record: TenantRecord) async throws -> ConfigurationInForce? {
        switch record.managedBy {
        case .file:
            guard let tenant = try await registry.tenant(id: record.id) else { return nil }
            return try ConfigurationInForce(
                revision: 0, managedBy: .file, bytes: tenant.plan.document, author: nil, createdAt: nil)
        case .api:
            guard let stored = try await revisions(of: record.id).revision(record.revision) else { return nil }
            return try ConfigurationInForce(stored)
        }
    }

    /// One revision of a tenant's configuration; `nil` where there is none of that number.
    package func revision(_ number: Int, of tenant: TenantID) async throws -> ConfigurationInForce? {
        guard let stored = try await revisions(of: tenant).revision(number) else { return nil }
        return try ConfigurationInForce(stored)
    }

    /// The change that goes back to what an earlier revision says; `nil` where there is none of that number.
    package func change(of record: TenantRecord, backTo number: Int) async throws -> ConfigurationChange? {
        guard let earlier = try await revision(number, of: record.id) else { return nil }
        return ConfigurationChange(record: record, document: earlier.document)
    }

    /// What a change would do, counted on the tenant as it is now. Changes nothing, and opens nothing.
    ///
    /// - Throws: ``OnboardingRefusal/configuration(_:)`` with everything that is wrong with the configuration.
    package func preview(_ change: ConfigurationChange) async throws -> ConfigurationPlan {
        let record = change.record
        guard let present = try await inForce(record) else { throw OnboardingRefusal.changedMeanwhile }
        let draft = try change.draft(over: present.document)
        let after = try plan(try draft.bytes(), slug: change.slug, source: "the configuration")
        let before = try? plan(present.bytes, slug: change.slug, source: "the configuration in force")
        let step = ConfigurationStep(
            before: before, after: after, writtenBefore: present.document, writtenAfter: draft.document)
        let census = ConfigurationCensus(
            step: step, catalog: catalog, database: databases.database(of: record.id), now: kernel.now())
        let counted = try await census.result()
        let refused = counted.locksOutEveryOwner ? [ConfigurationWarning.everyOwnerIsLockedOut] : []
        return ConfigurationPlan(
            changes: step.changes, affected: counted.effects,
            warnings: refused + (ConfigurationWarnings(of: step)?.all ?? []))
    }
}

/// A tenant's configuration as it stands somewhere.
package struct ConfigurationInForce: Sendable {
    /// 0 for a tenant of a file.
    package let revision: Int
    package let managedBy: TenantRecord.Manager
    package let document: SettingsNode
    /// The document in YAML.
    package let bytes: [UInt8]
    /// `nil` for a tenant of a file.
    package let author: String?
    package let createdAt: Date?

    init(
        revision: Int, managedBy: TenantRecord.Manager, bytes: [UInt8], author: String?, createdAt: Date?
    ) throws {
        self.revision = revision
        self.managedBy = managedBy
        self.bytes = bytes
        self.author = author
        self.createdAt = createdAt
        document = try SettingsParser.parse(bytes)
    }

    init(_ stored: TenantRevision) throws {
        try self.init(
            revision: stored.number, managedBy: .api, bytes: stored.document, author: stored.author,
            createdAt: stored.createdAt)
    }
}

extension ConfigurationWarning {
    fileprivate static let everyOwnerIsLockedOut = ConfigurationWarning(
        code: .everyOwnerLockedOut, path: "policy.second_factor",
        message:
            "no owner could get in any more, so this would be refused; write a longer `grace`, or let one set up a "
            + "second factor first")
}
