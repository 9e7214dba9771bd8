package import Foundation
package import Logging
package import PluginKit

/// Lets go of tenants: refuses everybody at once, destroys their keys, removes every row, and proves it with a receipt.
///
/// What is left to do stands in the database. Whoever works on it may be killed between any two steps: another goes on.
package struct Offboarding: Sendable {
    let kernel: KernelServices
    let records: TenantRecords
    let platform: any PlatformDatabase
    let databases: any TenantDatabases
    let files: TenantFilesInForce
    let registry: TenantRegistry?
    let pace: OffboardingPace
    let logger: Logger

    /// - Parameters:
    ///   - files: the tenant files as they are in force here. A tenant that one of them describes is not let go of.
    ///   - registry: who serves tenants in this process; it hears of the end of one at once.
    package init(
        kernel: KernelServices, platform: any PlatformDatabase, databases: any TenantDatabases,
        files: TenantFilesInForce, registry: TenantRegistry? = nil, pace: OffboardingPace = OffboardingPace(),
        logger: Logger
    ) {
        self.kernel = kernel
        records = TenantRecords(database: platform, now: kernel.now)
        self.platform = platform
        self.databases = databases
        self.files = files
        self.registry = registry
        self.pace = pace
        self.logger = logger
    }

    /// What came of the wish to let go of a tenant.
    package enum Beginning: Sendable, Equatable {
        /// The operation that does it; of an earlier call, where there was one.
        case begun(PlatformOperation)
        case noSuchTenant
        /// A file of this process describes the tenant: it would come back.
        case managedByFile
    }

    /// Refuses everybody from now on, and leaves the rest to ``runNext(_:)``. Repeating it begins nothing new, also when
    /// the tenant is gone.
    ///
    /// - Parameter name: the tenant's slug, or the written form of its id.
    package func begin(_ name: String, by author: PlatformAuthor) async throws -> Beginning {
        guard let record = try await records.find(named: name) else { return try await earlier(name) }
        guard record.state == .deleting || !isDescribed(record) else { return .managedByFile }
        let event = author.event("tenant.deletion_started", of: record.id.description, at: kernel.now())
        let begin = BeginDeletion(
            tenant: record.id, operation: .make(at: kernel.now()),
            settlingMilliseconds: pace.settling.milliseconds, event: event)
        let results = try await platform.run([
            BoundStatement(begin), BoundStatement(FindDeletion(tenant: record.id)),
        ])
        registry?.forget(record.id, slug: TenantSlug(record.slug))
        guard let operation = try FindDeletion.rows(of: results[1]).first else { return .noSuchTenant }
        return .begun(operation)
    }

    /// An operation by its id; `nil` where there is none.
    package func operation(_ id: OperationID) async throws -> PlatformOperation? {
        try await platform.first(FindOperation(id: id))
    }

    /// What became of a tenant that is gone.
    private func earlier(_ name: String) async throws -> Beginning {
        var id = TenantID(name)
        if id == nil, let slug = TenantSlug(name) { id = try await records.holder(of: slug)?.id }
        guard let id, let operation = try await platform.first(FindDeletion(tenant: id)) else { return .noSuchTenant }
        return .begun(operation)
    }

    private func isDescribed(_ record: TenantRecord) -> Bool {
        record.managedBy == .file && files.plan(of: record.slug) != nil
    }
}

/// How much of a tenant is removed at a time, and how long is waited for what.
package struct OffboardingPace: Sendable {
    /// Rows that one transaction removes at most.
    package var batch = 1000
    /// How long requests that were let in before may still write. Must outlast every request.
    package var settling = Duration.seconds(10)
    /// For how long whoever works on an operation holds it. Must outlast every step.
    package var lease = Duration.seconds(60)
    /// After how long an operation is tried again that went wrong.
    package var retry = Duration.seconds(10)
    /// How many rows of one table are counted at most, to tell how far it is.
    package var countedAtMost = 50_000
    /// Waits between two batches, so that others find the database as they know it.
    package var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init() {}
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
