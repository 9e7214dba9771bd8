import DatabaseTesting
import PluginKit
import PluginTesting
import PostgresStore
import Synchronization
import Testing

@testable import Kernel

@Suite("Finding a tenant by its domain")
struct DomainRegistryTests {
    private let tenant: TestTenant
    private let domains: TenantDomains
    private let records: TenantRecords
    private let names = SpokenNames()

    init() async throws {
        tenant = try await TestTenant.make()
        let platform = try await TestDatabase.shared.platform
        domains = TenantDomains(database: platform, resolver: names, now: tenant.clock.reading)
        records = TenantRecords(database: platform, now: tenant.clock.reading)
        try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.tenants SET managed_by = 'api' WHERE id = '\(tenant.id.rawValue)'")
    }

    @Test("a domain of nobody is asked for once, and one of somebody too")
    func remembered() async throws {
        let (registry, source) = registry { true }
        let (nobodys, first, second) = (try name(), try name(), try name())
        for domain in [first, second] { try await prove(domain) }
        for _ in 0..<3 {
            #expect(try await registry.tenant(.domain(nobodys)) == nil)
            for domain in [first, second] { #expect(try await registry.tenant(.domain(domain))?.id == tenant.id) }
        }
        #expect(source.asked == 3)
    }

    @Test("a node that may have missed an announcement asks each time")
    func deaf() async throws {
        let (registry, source) = registry { false }
        let domain = try name()
        for _ in 0..<3 { #expect(try await registry.tenant(.domain(domain)) == nil) }
        try await prove(domain)
        for _ in 0..<3 { #expect(try await registry.tenant(.domain(domain))?.id == tenant.id) }
        #expect(source.asked == 6)
    }

    @Test("another node serves a domain as soon as it is proved, and no longer than it is")
    func announced() async throws {
        let held = Mutex<TenantRegistry?>(nil)
        let listener = PostgresListener(
            settings: PostgresSettings(
                connection: try await TestDatabase.shared.connection, applicationName: "domains-\(unique())"),
            channels: ["gatehouse_tenants"], heartbeat: Heartbeat(interval: .milliseconds(100), bound: .seconds(1)),
            logger: CapturedLog().logger,
            receive: { notification in
                guard let heard = TenantAnnouncement(notification.payload) else { return }
                held.withLock { $0 }?.forget(heard.id, slug: heard.slug, domain: heard.domain)
            }, interrupted: { held.withLock { $0 }?.forgetAll() })
        let (registry, _) = registry { listener.isHearing }
        held.withLock { $0 = registry }
        try listener.start()
        try await until { listener.isHearing }
        let domain = try name()
        #expect(try await registry.tenant(.domain(domain)) == nil)
        try await prove(domain)
        try await until { try await registry.tenant(.domain(domain))?.id == tenant.id }
        names.forget(domain)
        let record = try await record
        guard case .failure(.unproved) = try await domains.verify(domain, of: record, by: .host(requestID: "test"))
        else {
            Issue.record("it is still proved")
            return
        }
        try await until { try await registry.tenant(.domain(domain)) == nil }
        try await prove(domain)
        try await until { try await registry.tenant(.domain(domain)) != nil }
        #expect(try await domains.remove(domain, of: record, by: .host(requestID: "test")) == nil)
        try await until { try await registry.tenant(.domain(domain)) == nil }
        await listener.shutdown()
    }

    @Test("a tenant on its way out leaves its domains to others", arguments: ["deleting", "deleted"])
    func deleted(_ state: String) async throws {
        let domain = try name()
        try await prove(domain)
        try await TestDatabase.shared.administrator.affected(
            """
            UPDATE gatehouse.tenants
            SET    state = '\(state)', deleted_at = CASE '\(state)' WHEN 'deleted' THEN now() END
            WHERE  id = '\(tenant.id.rawValue)'
            """)
        #expect(try await records.find(domain: domain) == nil)
        let other = try await TestTenant.make()
        let count = try await TestDatabase.shared.administrator.affected(
            """
            INSERT INTO gatehouse.tenant_domains (domain, owner, token, verified_at, created_at)
            VALUES ('\(domain)', '\(other.id.rawValue)', 't', now(), now())
            """)
        #expect(count == 1)
    }

    // The only test that declares: what files declare is one list for the whole database.
    @Test("what files declare is served at once, given up with them, and never taken from who has proved it")
    func declared() async throws {
        let (free, proved, claimed) = (try name(), try name(), try name())
        let file = try await TestTenant.make()
        try await prove(proved)
        _ = try await domains.add(claimed, to: try await record, by: .host(requestID: "test"))
        let wished = [free, claimed].map { DomainOwnership(domain: $0, owner: file.id) }
        let taken = try await domains.declare(wished + [DomainOwnership(domain: proved, owner: file.id)])
        #expect(taken == [proved])
        #expect(try await records.find(domain: free) == nil)
        #expect(try await domains.declare(wished).isEmpty)
        #expect(try await domains.declare(wished).isEmpty)
        for domain in [free, claimed] { #expect(try await records.find(domain: domain)?.id == file.id) }
        names.prove(claimed, by: try await claim(claimed))
        let late = try await domains.verify(claimed, of: try await record, by: .host(requestID: "test"))
        guard case .failure(.taken) = late else {
            Issue.record("\(late)")
            return
        }
        let other = try await TestTenant.make()
        #expect(try await domains.declare([DomainOwnership(domain: free, owner: other.id)]).isEmpty)
        #expect(try await records.find(domain: free)?.id == other.id)
        #expect(try await domains.declare([]).isEmpty)
        #expect(try await records.find(domain: free) == nil)
        #expect(try await records.find(domain: proved)?.id == tenant.id)
    }

    private func name() throws -> DomainName { try #require(DomainName("auth.\(unique()).example")) }

    private var record: TenantRecord {
        get async throws { try #require(try await records.find(id: tenant.id)) }
    }

    private func claim(_ domain: DomainName) async throws -> ProvingRecord {
        let added = try await domains.add(domain, to: try await record, by: .host(requestID: "test")).get()
        return try #require(added.domain.record)
    }

    private func prove(_ domain: DomainName) async throws {
        names.prove(domain, by: try await claim(domain))
        _ = try await domains.verify(domain, of: try await record, by: .host(requestID: "test")).get()
    }

    private func registry(_ isTrusted: @escaping @Sendable () -> Bool) -> (TenantRegistry, CountingSource) {
        let source = CountingSource(records: records)
        let registry = TenantRegistry(source: source, isTrusted: isTrusted)
        registry.pin([tenant.tenant])
        return (registry, source)
    }
}

/// Finds tenants in the database, and counts how often it is asked. They are open already.
private final class CountingSource: TenantSource {
    private let records: TenantRecords
    private let count = Mutex(0)

    init(records: TenantRecords) {
        self.records = records
    }

    var asked: Int { count.withLock { $0 } }

    func record(_ name: TenantName) async throws -> TenantRecord? {
        count.withLock { $0 += 1 }
        guard case .domain(let domain) = name else { return nil }
        return try await records.find(domain: domain)
    }

    func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? { nil }
}

/// Name servers that say what they are told.
private final class SpokenNames: TextRecordResolver {
    private let texts = Mutex<[String: [[UInt8]]]>([:])

    func prove(_ domain: DomainName, by record: ProvingRecord) {
        texts.withLock { $0[record.name] = [Array(record.value.utf8)] }
    }

    func forget(_ domain: DomainName) { texts.withLock { $0["_gatehouse.\(domain)"] = nil } }

    func texts(of name: String) async throws -> [[UInt8]] { texts.withLock { $0[name] ?? [] } }
}
