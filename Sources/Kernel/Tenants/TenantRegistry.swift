package import Foundation
package import PluginKit
import Synchronization

/// The tenants that a node serves, found by what names them.
///
/// Those of files are open for good. Others are opened when somebody first asks for them. What is known is believed only
/// while nothing can have been announced unheard; else the database is asked each time, and an open tenant is used again
/// where it still is what the database says. Who holds a tenant keeps it for as long as he works.
package final class TenantRegistry: Sendable {
    /// How long a tenant that did not open is not tried again.
    static let pause: TimeInterval = 5

    private struct Failure {
        let at: Date
        let revision: Int
    }

    private let source: any TenantSource
    private let isTrusted: @Sendable () -> Bool
    private let now: @Sendable () -> Date
    private let state: Mutex<OpenTenants>
    private let failures = BoundedCache<TenantID, Failure>(capacity: 10_000, lifetime: pause)
    private let lookUps = SingleFlight<TenantName, Tenant?>()
    private let openings = SingleFlight<TenantID, Tenant?>()

    /// - Parameters:
    ///   - capacity: how many tenants beside those of files stay open.
    ///   - isTrusted: whether everything announced up to now has been heard. Asked at each use.
    package init(
        source: any TenantSource = NoTenants(), capacity: Int = 10_000,
        isTrusted: @escaping @Sendable () -> Bool = { true }, now: @escaping @Sendable () -> Date = { Date.distantPast }
    ) {
        self.source = source
        self.isTrusted = isTrusted
        self.now = now
        state = Mutex(OpenTenants(capacity: capacity))
    }

    // MARK: Finding

    /// The tenant of a name; `nil` where there is none.
    ///
    /// - Throws: ``TenantUnavailable`` where there is one that does not open, ``DatabaseError``.
    package func tenant(_ name: TenantName) async throws -> Tenant? {
        if isTrusted(), let known = state.withLock({ $0.known(name) }) {
            if case .tenant(let tenant) = known { return tenant }
            return nil
        }
        do {
            return try await lookUps.run(name) { [self] in try await lookUp(name) }
        } catch is Restless {
            // A look-up of one's own began after whatever was announced before one asked.
            return try await found(name, since: state.withLock { $0.generation })
        }
    }

    /// The tenant by its slug or the written form of its id, as addresses name it.
    package func tenant(named text: String) async throws -> Tenant? {
        guard let name = TenantName(text) else { return nil }
        return try await tenant(name)
    }

    package func tenant(slug: TenantSlug) async throws -> Tenant? { try await tenant(.slug(slug)) }

    package func tenant(id: TenantID) async throws -> Tenant? { try await tenant(.id(id)) }

    /// The tenant that API keys with this tag belong to.
    package func tenant(tag: TenantTag) async throws -> Tenant? { try await tenant(.tag(tag)) }

    // MARK: Tenants of files

    /// The tenants of files that are open.
    package var pinned: [Tenant] { state.withLock { $0.pinned } }

    /// All that are open.
    package var all: [Tenant] { state.withLock { $0.all } }

    /// Keeps exactly these tenants of files open from now on, all at once: nobody sees half of a new set.
    ///
    /// - Returns: those that were kept open until now.
    @discardableResult
    package func pin(_ tenants: [Tenant]) -> [Tenant] { state.withLock { $0.pin(tenants) } }

    /// Serves a tenant that was opened elsewhere in this process, in the place of how it was open before.
    package func adopt(_ tenant: Tenant) {
        failures.remove(tenant.id)
        let leaving = state.withLock { state in
            state.forget(tenant.id, slug: tenant.slug)
            return state.keep(tenant, since: state.generation)
        }
        close(leaving)
    }

    /// The tenant, opened anew by what is in force for it.
    func reopened(_ id: TenantID) async throws -> Tenant? {
        close(
            state.withLock { state in
                state.forget(id, slug: nil)
                return [state.remove(id)].compactMap { $0 }
            })
        return try await tenant(id: id)
    }

    /// Lets go of everything, at the end.
    package func empty() -> [Tenant] {
        state.withLock { state in
            let all = state.all
            for tenant in all { state.remove(tenant.id) }
            return all
        }
    }

    // MARK: Announcements

    /// Something about a tenant has changed: its state, its document, its name, its domains.
    ///
    /// - Parameter domain: a domain that has become the tenant's own, or is no longer.
    package func forget(_ id: TenantID, slug: TenantSlug?, domain: DomainName? = nil) {
        failures.remove(id)
        state.withLock { $0.forget(id, slug: slug, domain: domain) }
    }

    /// Something may have been announced that was not heard.
    package func forgetAll() { state.withLock { $0.forgetAll() } }

    // MARK: Looking up

    /// So much is announced that no look-up lasts.
    private struct Restless: Error {}

    /// Asks the database, again where something was announced meanwhile: whoever joined since may have asked because of it.
    private func lookUp(_ name: TenantName) async throws -> Tenant? {
        for _ in 0..<3 {
            let generation = state.withLock { $0.generation }
            let found = try await found(name, since: generation)
            guard isTrusted(), state.withLock({ $0.generation }) != generation else { return found }
        }
        throw Restless()
    }

    private func found(_ name: TenantName, since generation: UInt64) async throws -> Tenant? {
        guard let record = try await source.record(name), record.isServed else {
            state.withLock { $0.keepAbsent(name, since: generation) }
            return nil
        }
        guard let tenant = try await open(record) else {
            state.withLock { $0.keepAbsent(name, since: generation) }
            return nil
        }
        let leaving = state.withLock { $0.keep(tenant, foundBy: name, since: generation) }
        close(leaving)
        return tenant
    }

    private func close(_ tenants: [Tenant]) {
        guard !tenants.isEmpty else { return }
        Task { for tenant in tenants { await tenant.close() } }
    }

    /// The tenant as its record says: as it is open, or opened now. Those who want the same one share the work.
    private func open(_ record: TenantRecord) async throws -> Tenant? {
        let present = state.withLock { $0.tenant(record.id) }
        if let present, present.isOf(record), source.isCurrent(present) { return present.with(record) }
        if let failure = failures.value(for: record.id, at: now()), failure.revision == record.revision {
            throw unavailable(record, since: failure.at)
        }
        let opened = try await openings.run(record.id) { [self] in try await openNow(record, replacing: present) }
        // Whoever shared the work of somebody with an older record would have an older tenant.
        guard let opened, !opened.isOf(record) else { return opened?.with(record) }
        return try await openNow(record, replacing: opened)
    }

    private func openNow(_ record: TenantRecord, replacing present: Tenant?) async throws -> Tenant? {
        do {
            return try await source.open(record, replacing: present)
        } catch let error as CancellationError {
            throw error
        } catch let error as DatabaseError {
            // Nothing is wrong with the tenant.
            throw error
        } catch {
            failures.remove(record.id)
            failures.store(Failure(at: now(), revision: record.revision), for: record.id, at: now())
            throw unavailable(record, since: now())
        }
    }

    private func unavailable(_ record: TenantRecord, since: Date) -> any Error {
        guard let slug = TenantSlug(record.slug) else { return DatabaseError.unavailable }
        let rest = Self.pause - now().timeIntervalSince(since)
        return TenantUnavailable(slug: slug, retryAfterSeconds: max(1, Int(rest.rounded(.up))))
    }
}

extension TenantRecord {
    /// Whether anybody is to find it.
    fileprivate var isServed: Bool { state == .active || state == .suspended }
}
