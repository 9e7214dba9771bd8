import Dispatch
package import PluginKit

/// Brings the registry in line with the tenant files: at the start, and whenever the files are to be read anew.
///
/// All or nothing: while one file has a problem, or one tenant does not open, everything stays as it was. Only what
/// changed is opened; a tenant whose file is unchanged keeps its open providers. A tenant whose file is gone is dropped
/// from the registry; nothing of it is deleted.
package struct TenantReload: Sendable {
    /// Enters the tenants of the files into the database and gives what the registry knows of them.
    package typealias Register = @Sendable ([TenantPlan]) async throws -> [TenantSlug: RegisteredTenant]

    /// How many tenants are opened or closed at a time.
    static let openingAtOnce = 16

    private let directory: TenantDirectory
    private let registry: TenantRegistry
    private let opener: TenantOpener
    private let register: Register

    package init(
        directory: TenantDirectory, registry: TenantRegistry, opener: TenantOpener, register: @escaping Register
    ) {
        self.directory = directory
        self.registry = registry
        self.opener = opener
        self.register = register
    }

    /// What a reload did.
    package enum Outcome: Sendable, Equatable {
        /// The files have these problems; nothing was changed.
        case refused([TenantFileProblem])
        /// The registry holds the tenants of the files: so many opened, left open, and dropped.
        case done(opened: Int, kept: Int, dropped: Int)
    }

    /// Reads, registers, opens and swaps. One at a time: the caller waits for the end before he begins the next.
    ///
    /// - Throws: what registering throws, or ``TenantOpeningError``; nothing was changed then.
    package func run() async throws -> Outcome {
        let reading = await readAside()
        guard reading.problems.isEmpty else { return .refused(reading.problems) }
        let registered = try await register(reading.plans)
        let kept = reading.plans.compactMap { plan in registered[plan.slug].flatMap { unchanged(plan, $0) } }
        let keptSlugs = Set(kept.map(\.slug))
        let opened = try await open(reading.plans.filter { !keptSlugs.contains($0.slug) }, registered)
        let before = registry.all
        registry.replace(with: kept + opened)
        await Self.close(before.filter { !keptSlugs.contains($0.slug) })
        let served = Set(reading.plans.map(\.slug))
        let dropped = before.count { !served.contains($0.slug) }
        return .done(opened: opened.count, kept: kept.count, dropped: dropped)
    }

    /// Closes all tenants that are served, at the end.
    package func closeAll() async {
        let tenants = registry.all
        registry.replace(with: [])
        await Self.close(tenants)
    }

    /// Opens tenants side by side, each of which may have to ask a vault. Where one does not open, all are closed again.
    private func open(
        _ plans: [TenantPlan], _ registered: [TenantSlug: RegisteredTenant]
    ) async throws -> [Tenant] {
        let results = try await plans.concurrentMap(atMost: Self.openingAtOnce) { [opener, registry] plan in
            guard let entry = registered[plan.slug] else { throw UnregisteredTenant(slug: plan.slug) }
            let served = registry.tenant(slug: plan.slug)
            return await Result(catching: {
                try await opener.open(plan, id: entry.id, isSuspended: entry.isSuspended, replacing: served)
            })
        }
        do {
            return try results.map { try $0.get() }
        } catch {
            await Self.close(results.compactMap { try? $0.get() })
            throw error
        }
    }

    private static func close(_ tenants: [Tenant]) async {
        // Closing does not fail.
        _ = try? await tenants.concurrentMap(atMost: openingAtOnce) { await $0.close() }
    }

    private func unchanged(_ plan: TenantPlan, _ entry: RegisteredTenant) -> Tenant? {
        guard let present = registry.tenant(slug: plan.slug), present.id == entry.id,
            present.isSuspended == entry.isSuspended, present.plan.digest == plan.digest
        else { return nil }
        return present
    }

    // The files of many tenants take a while, and the threads of tasks must not wait for a disk.
    private func readAside() async -> TenantReading {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: directory.read()) }
        }
    }
}

/// What the registry in the database knows of a tenant that a file describes.
package struct RegisteredTenant: Sendable {
    package let id: TenantID
    package let isSuspended: Bool

    package init(id: TenantID, isSuspended: Bool) {
        self.id = id
        self.isSuspended = isSuspended
    }
}

/// Registering left a tenant out.
package struct UnregisteredTenant: Error, CustomStringConvertible {
    package let slug: TenantSlug

    package var description: String { "registering the tenant \(slug): the registry gave no id for it" }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
