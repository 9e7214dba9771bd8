import PluginKit

/// What a node knows of tenants: those that it has open, and which names are none.
///
/// Tenants of files stay open. Of the others, as many as the capacity stay, those used lately; how many tenants exist makes
/// nothing dearer.
struct OpenTenants {
    private struct Entry {
        var tenant: Tenant
        var names: Set<TenantName>
        let isPinned: Bool

        /// Its names as far as they are domains, which the tenant itself does not know.
        var domains: Set<TenantName> { names.filter(\.isDomain) }
    }

    /// Grows with everything that may make what was looked up before untrue.
    private(set) var generation: UInt64 = 0
    private let capacity: Int
    private var entries: [TenantID: Entry] = [:]
    private var names: [TenantName: TenantID] = [:]
    private var absent: Set<TenantName> = []
    // Two halves instead of an order: whoever was not used since the last turn of the halves goes.
    private var young: Set<TenantID> = []
    private var old: Set<TenantID> = []

    /// - Parameter capacity: how many tenants beside those of files stay open, at least one.
    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    var pinned: [Tenant] { entries.values.filter(\.isPinned).map(\.tenant) }
    var all: [Tenant] { entries.values.map(\.tenant) }

    /// What is known under a name.
    enum Known {
        case tenant(Tenant)
        case none
    }

    mutating func known(_ name: TenantName) -> Known? {
        guard let id = names[name], let entry = entries[id] else { return absent.contains(name) ? Known.none : nil }
        if !entry.isPinned, young.insert(id).inserted { old.remove(id) }
        return .tenant(entry.tenant)
    }

    /// The tenant as it is open, whether or not that is how it should be.
    func tenant(_ id: TenantID) -> Tenant? { entries[id]?.tenant }

    // MARK: Learning

    /// Keeps a tenant under its names, unless something was announced since it was looked up.
    ///
    /// - Parameter name: what it was found by.
    /// - Returns: the tenants that had to make room, and whoever was open in its place.
    mutating func keep(_ tenant: Tenant, foundBy name: TenantName? = nil, since generation: UInt64) -> [Tenant] {
        let before = entries[tenant.id]
        let isKnown = generation == self.generation
        let names = isKnown ? tenant.names.union(before?.domains ?? []).union(name.map { [$0] } ?? []) : []
        forgetNames(of: tenant.id)
        for name in names { self.names[name] = tenant.id }
        absent.subtract(names)
        entries[tenant.id] = Entry(tenant: tenant, names: names, isPinned: before?.isPinned ?? false)
        let replaced = before.map(\.tenant).filter { !$0.isSame(as: tenant) }
        guard before == nil else { return replaced }
        young.insert(tenant.id)
        return makeRoom()
    }

    /// Remembers that a name is none, unless something was announced since it was looked up.
    mutating func keepAbsent(_ name: TenantName, since generation: UInt64) {
        guard generation == self.generation else { return }
        // Strangers make names up; what they are told may be looked up again.
        if absent.count >= capacity { absent = [] }
        absent.insert(name)
    }

    /// Keeps exactly `tenants` open for good, and gives those that were until now.
    mutating func pin(_ tenants: [Tenant]) -> [Tenant] {
        generation += 1
        let before = pinned
        for tenant in before { remove(tenant.id) }
        for tenant in tenants {
            remove(tenant.id)
            entries[tenant.id] = Entry(tenant: tenant, names: tenant.names, isPinned: true)
            for name in tenant.names { names[name] = tenant.id }
            absent.subtract(tenant.names)
        }
        return before
    }

    // MARK: Forgetting

    /// Looks everything about a tenant up again before it is used next, and whose `slug` and `domain` are.
    mutating func forget(_ id: TenantID, slug: TenantSlug?, domain: DomainName? = nil) {
        generation += 1
        forgetNames(of: id)
        absent.subtract([.id(id), .tag(TenantTag(id))])
        if let slug { absent.remove(.slug(slug)) }
        if let domain {
            absent.remove(.domain(domain))
            if let holder = names.removeValue(forKey: .domain(domain)) {
                entries[holder]?.names.remove(.domain(domain))
            }
        }
    }

    /// Looks everything up again before it is used next.
    mutating func forgetAll() {
        generation += 1
        names = [:]
        absent = []
        for id in entries.keys { entries[id]?.names = [] }
    }

    /// Drops a tenant that is no more, and gives it.
    @discardableResult
    mutating func remove(_ id: TenantID) -> Tenant? {
        forgetNames(of: id)
        young.remove(id)
        old.remove(id)
        return entries.removeValue(forKey: id)?.tenant
    }

    private mutating func forgetNames(of id: TenantID) {
        for name in entries[id]?.names ?? [] { names[name] = nil }
        entries[id]?.names = []
    }

    private mutating func makeRoom() -> [Tenant] {
        guard young.count > (capacity + 1) / 2 else { return [] }
        let leaving = old.compactMap { remove($0) }
        (old, young) = (young, [])
        return leaving
    }
}

extension Tenant {
    /// What it is found by, as far as it knows: domains that a file declares need no proof.
    fileprivate var names: Set<TenantName> {
        let declared = revision == 0 ? plan.domains.map { TenantName.domain($0.name) } : []
        return Set(declared).union([.slug(slug), .id(id), .tag(TenantTag(id))])
    }
}

extension TenantName {
    fileprivate var isDomain: Bool { if case .domain = self { true } else { false } }
}

extension Optional {
    fileprivate func filter(_ isIncluded: (Wrapped) -> Bool) -> [Wrapped] { map { isIncluded($0) ? [$0] : [] } ?? [] }
}
