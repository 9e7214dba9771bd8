import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import PostgresStore
import Synchronization
import Testing

@testable import Kernel

@Suite("A tenant that is let go of")
struct DepartingTenantTests {
    @Test("is destroyed keys first: nothing that was sealed opens again, on whichever node")
    func cells() async throws {
        let furnished = try await FurnishedTenant.make()
        let tenant = furnished.tenant
        let offboarding = try await tenant.offboarding()
        #expect(try await tenant.openEverything() > 10)
        let begun = try await tenant.letGo(by: offboarding)
        #expect(try await offboarding.stepAndDie(begun.id) == .keysDestroyed)
        #expect(try await tenant.sealed().count > 10)
        let node = try await tenant.anotherNode()
        for hierarchy in [tenant.services.hierarchy, node.hierarchy] {
            await #expect(throws: KeyringError.self) { try await hierarchy.keyring(of: tenant.id, in: tenant.database) }
        }
        #expect(try await tenant.database.rows(ListDataKeys()).isEmpty)
        let left = try await TestDatabase.shared.administrator.value(
            """
            SELECT string_agg(DISTINCT octet_length(wrapped) || kek_id, ' ')
            FROM   gatehouse.tenant_keys
            WHERE  tenant_id = '\(tenant.id.rawValue)'
            """)
        #expect(left == "0")
    }

    @Test("knows its tokens and its API keys no more from then on")
    func credentials() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let (person, key) = (try await tenant.signedIn(), try await tenant.apiKey())
        #expect(try await tenant.session(of: person.tokens) != nil)
        guard case .valid = try await tenant.verify(key.text) else { throw Refusal.keyNotLive }
        let offboarding = try await tenant.offboarding()
        let begun = try await tenant.letGo(by: offboarding)
        #expect(try await offboarding.stepAndDie(begun.id) == .keysDestroyed)
        await #expect(throws: KeyringError.self) { try await tenant.session(of: person.tokens) }
        await #expect(throws: KeyringError.self) { try await tenant.verify(key.text) }
    }

    @Test("is found nowhere from the beginning on, by any name: at once here, and on every node that hears of it")
    func registries() async throws {
        let tenant = try await TestTenant.make()
        let source = OneTenant(tenant: tenant, records: try await tenant.offboarding().records)
        let here = TenantRegistry(source: source)
        let names: [TenantName] = [.slug(tenant.tenant.slug), .id(tenant.id), .tag(TenantTag(tenant.id))]
        try await withRegistry(of: source) { there in
            for name in names {
                #expect(try await here.tenant(name) != nil)
                #expect(try await there.tenant(name) != nil)
            }
            try await tenant.letGo(by: try await tenant.offboarding(registry: here))
            for name in names {
                #expect(try await here.tenant(name) == nil)
                try await until { try await there.tenant(name) == nil }
            }
        }
    }

    @Test("has its keys forgotten by nodes that only hear that it is under way")
    func departing() async throws {
        let tenant = try await TestTenant.make()
        let node = try await tenant.anotherNode()
        _ = try await node.hierarchy.keyring(of: tenant.id, in: tenant.database)
        let offboarding = try await tenant.offboarding()
        let begun = try await tenant.letGo(by: offboarding)
        #expect(try await offboarding.stepAndDie(begun.id) == .keysDestroyed)
        let other = Offboarding(
            kernel: node, platform: try await TestDatabase.shared.platform,
            databases: try await TestDatabase.shared.tenants, files: TenantFilesInForce(), logger: tenant.tenant.logger)
        try await other.forgetDeparting()
        await #expect(throws: KeyringError.self) {
            try await node.hierarchy.keyring(of: tenant.id, in: tenant.database)
        }
    }

    @Test(
        "is the only one that is emptied: under the context of any other, nothing is destroyed or removed",
        arguments: ["purge_tenant(10)", "destroy_tenant_keys(now())", "estimate_tenant(10)", "deletion_under_way()"])
    func others(_ call: String) async throws {
        let (departing, tenant) = (try await TestTenant.make(), try await PlantedTenants.make().owner)
        try await departing.letGo(by: try await departing.offboarding())
        await #expect(throws: DatabaseError.refused) {
            try await tenant.database.affected("SELECT FROM gatehouse.\(call)")
        }
        for table in try await TenantTables.names() { #expect(try await tenant.count(of: table) == 1, "\(table)") }
    }

    @Test("is emptied by nobody but the application", arguments: ["purge_tenant(10)", "tenant_tables()"])
    func roles(_ call: String) async throws {
        let database = try await TestDatabase.shared
        for role in [database.platform, database.maintenance] {
            await #expect(throws: DatabaseError.refused) { try await role.affected("SELECT FROM gatehouse.\(call)") }
        }
    }

    /// Runs `body` with a registry that hears what the real database announces, as on another node.
    private func withRegistry(of source: OneTenant, _ body: (TenantRegistry) async throws -> Void) async throws {
        let held = Mutex<TenantRegistry?>(nil)
        let listener = PostgresListener(
            settings: PostgresSettings(connection: try await TestDatabase.shared.connection),
            channels: ["gatehouse_tenants"], logger: CapturedLog().logger,
            receive: { heard in
                guard let announcement = TenantAnnouncement(heard.payload) else { return }
                held.withLock { $0 }?.forget(announcement.id, slug: announcement.slug)
            }, interrupted: { held.withLock { $0 }?.forgetAll() })
        let registry = TenantRegistry(source: source, isTrusted: { listener.isHearing })
        held.withLock { $0 = registry }
        try listener.start()
        do {
            try await until { listener.isHearing }
            try await body(registry)
            await listener.shutdown()
        } catch {
            await listener.shutdown()
            throw error
        }
    }
}

/// Finds one tenant in the real database, and opens it.
private struct OneTenant: TenantSource {
    let tenant: TestTenant
    let records: TenantRecords

    func record(_ name: TenantName) async throws -> TenantRecord? {
        switch name {
        case .slug(let slug): try await records.find(slug: slug.text)
        case .id(let id): try await records.find(id: id)
        case .tag(let tag): try await records.find(tag: tag)
        case .domain: nil
        }
    }

    func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? {
        record.id == tenant.id ? try await tenant.served(by: tenant.services).tenant : nil
    }
}
