import Dispatch
package import Logging
package import PluginKit
import Synchronization

/// Brings the registry in line with the tenant files: at the start, and whenever the files are to be read anew.
///
/// While one file has a problem, everything stays as it was. Only what changed is opened; a tenant whose file is unchanged
/// keeps its open providers. A tenant that does not open harms no other: where it was served before, it is served as it
/// was; else it is tried again when somebody asks for it. A tenant whose file is gone is dropped from the registry; nothing
/// of it is deleted.
///
/// Of very many files none is opened here: each tenant is opened when somebody first asks for it, so that a start does not
/// take the longer the more there are.
package struct TenantReload: Sendable {
    /// Enters the tenants of the files into the database and gives what has their slugs there.
    package typealias Register = @Sendable ([TenantPlan]) async throws -> [TenantRecord]
    /// Enters the domains that the files declare, and gives those that another tenant has proved to be its own; where there
    /// is one, none is entered.
    package typealias Declare = @Sendable ([DomainOwnership]) async throws -> Set<DomainName>

    /// Up to how many tenants are opened before anybody asks for them.
    package static let openedAhead = 256
    /// How many tenants are opened or closed at a time.
    static let openingAtOnce = 16

    private let directory: TenantDirectory
    private let files: TenantFilesInForce
    private let registry: TenantRegistry
    private let source: any TenantSource
    private let register: Register
    private let declare: Declare
    private let logger: Logger
    private let openedAhead: Int

    /// - Parameters:
    ///   - files: what the files said when they were last taken up; written here.
    ///   - source: what opens a tenant by what `files` say.
    package init(
        directory: TenantDirectory, files: TenantFilesInForce, registry: TenantRegistry, source: any TenantSource,
        logger: Logger, openedAhead: Int = Self.openedAhead, declare: @escaping Declare = { _ in [] },
        register: @escaping Register
    ) {
        self.directory = directory
        self.files = files
        self.registry = registry
        self.source = source
        self.logger = logger
        self.openedAhead = openedAhead
        self.register = register
        self.declare = declare
    }

    /// What a reload did.
    package enum Outcome: Sendable, Equatable {
        /// The files have these problems; nothing was changed.
        case refused([TenantFileProblem])
        /// The registry holds the tenants of the files: so many opened, left as they are, dropped, and not opened.
        case done(opened: Int, kept: Int, dropped: Int, failed: Int)
    }

    /// Reads, registers, opens and swaps. One at a time: the caller waits for the end before he begins the next.
    ///
    /// - Throws: what registering throws; nothing was changed then.
    package func run() async throws -> Outcome {
        let reading = await readAside()
        guard reading.problems.isEmpty else { return .refused(reading.problems) }
        let records = try await register(reading.plans)
        let bySlug = Dictionary(records.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })
        let clashes = reading.plans.compactMap { plan in bySlug[plan.slug.text].flatMap { Self.clash(plan, $0) } }
        guard clashes.isEmpty else { return .refused(clashes) }
        let taken = try await taken(reading.plans, bySlug)
        guard taken.isEmpty else { return .refused(taken) }
        let before = Dictionary(uniqueKeysWithValues: registry.pinned.map { ($0.id, $0) })
        let entries = try entries(reading.plans, bySlug, before)
        files.take(reading.plans)
        guard entries.count <= openedAhead else { return await leaveToAskers(entries, before: before) }
        return try await swap(entries, before: before)
    }

    /// Closes all tenants that are served, at the end.
    package func closeAll() async {
        await Self.close(registry.empty())
    }

    /// A tenant of the files on its way into the registry.
    private struct Entry {
        let record: TenantRecord
        /// As it is served until now.
        let present: Tenant?
        let isUnchanged: Bool
    }

    private func entries(
        _ plans: [TenantPlan], _ records: [String: TenantRecord], _ before: [TenantID: Tenant]
    ) throws -> [Entry] {
        try plans.map { plan in
            guard let record = records[plan.slug.text] else { throw UnregisteredTenant(slug: plan.slug) }
            let present = before[record.id]
            let isUnchanged = present.map { $0.isOf(record) && $0.plan.digest == plan.digest } ?? false
            return Entry(record: record, present: present, isUnchanged: isUnchanged)
        }
    }

    private func swap(_ entries: [Entry], before: [TenantID: Tenant]) async throws -> Outcome {
        let opened = try await open(entries.filter { !$0.isUnchanged })
        let kept = entries.filter { $0.isUnchanged || opened[$0.record.id] == nil }.compactMap { entry in
            entry.present.map { $0.with(entry.record) }
        }
        registry.pin(kept + opened.values)
        let keptIDs = Set(kept.map(\.id))
        await Self.close(before.values.filter { !keptIDs.contains($0.id) })
        let ids = Set(entries.map(\.record.id))
        return .done(
            opened: opened.count, kept: entries.count(where: \.isUnchanged),
            dropped: before.keys.count { !ids.contains($0) },
            failed: entries.count { !$0.isUnchanged && opened[$0.record.id] == nil })
    }

    /// Has every tenant looked up and opened when somebody next asks for it.
    private func leaveToAskers(_ entries: [Entry], before: [TenantID: Tenant]) async -> Outcome {
        await Self.close(registry.pin([]))
        registry.forgetAll()
        let ids = Set(entries.map(\.record.id))
        let dropped = before.keys.count { !ids.contains($0) }
        return .done(opened: 0, kept: entries.count, dropped: dropped, failed: 0)
    }

    /// Opens tenants side by side, each of which may have to ask a vault. What keeps one closed is logged.
    private func open(_ entries: [Entry]) async throws -> [TenantID: Tenant] {
        let tenants = try await entries.concurrentMap(atMost: Self.openingAtOnce) { [source, logger] entry in
            do {
                return try await source.open(entry.record, replacing: entry.present)
            } catch let error as CancellationError {
                throw error
            } catch let error as DatabaseError {
                throw error
            } catch {
                let served = entry.present == nil ? "is not served" : "is served as it was"
                logger.error("a tenant does not open; it \(served)", metadata: ["error": "\(error)"])
                return nil
            }
        }
        return Dictionary(tenants.compactMap { $0 }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func close(_ tenants: [Tenant]) async {
        // Closing does not fail.
        _ = try? await tenants.concurrentMap(atMost: openingAtOnce) { await $0.close() }
    }

    /// Declares the domains of the files, and gives what is wrong with those that cannot be.
    private func taken(_ plans: [TenantPlan], _ records: [String: TenantRecord]) async throws -> [TenantFileProblem] {
        let ownerships = plans.flatMap { plan in
            plan.domains.compactMap { domain in
                records[plan.slug.text].map { DomainOwnership(domain: domain.name, owner: $0.id) }
            }
        }
        let taken = try await declare(ownerships)
        return plans.flatMap { plan in plan.domains.filter { taken.contains($0.name) }.map { $0.isTaken(in: plan) } }
    }

    /// Why a file cannot describe the tenant that has its slug.
    private static func clash(_ plan: TenantPlan, _ record: TenantRecord) -> TenantFileProblem? {
        switch record.state {
        case .active, .suspended:
            guard record.managedBy == .api else { return nil }
            return TenantFileProblem(
                file: plan.source, key: "tenant", message: "`\(plan.slug)` is a tenant that was made at run time",
                fix: "remove the file and use `gatehouse tenants apply`, or choose another slug")
        case .deleting, .deleted:
            return TenantFileProblem(
                file: plan.source, key: "tenant",
                message: "`\(plan.slug)` was deleted, and its slug is not given out again before 90 days are over",
                fix: "choose another slug, or remove the file")
        }
    }

    // The files of many tenants take a while, and the threads of tasks must not wait for a disk.
    private func readAside() async -> TenantReading {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: directory.read()) }
        }
    }
}

/// What the tenant files said when they were last taken up.
package final class TenantFilesInForce: Sendable {
    private let plans = Mutex<[String: TenantPlan]>([:])

    package init() {}

    package func plan(of slug: String) -> TenantPlan? { plans.withLock { $0[slug] } }

    package var all: [TenantPlan] { plans.withLock { Array($0.values) } }

    package func take(_ plans: [TenantPlan]) {
        let next = Dictionary(plans.map { ($0.slug.text, $0) }, uniquingKeysWith: { first, _ in first })
        self.plans.withLock { $0 = next }
    }
}

/// Registering left a tenant out.
package struct UnregisteredTenant: Error, CustomStringConvertible {
    package let slug: TenantSlug

    package var description: String { "registering the tenant \(slug): the registry gave no id for it" }
}
