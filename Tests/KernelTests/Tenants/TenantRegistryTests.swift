import DatabaseTesting
import Foundation
import Logging
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The tenants that a node serves") struct TenantRegistryTests {
    private let clock = FixedClock(TestTenant.start)
    private let platform: CountingPlatform
    private let node: TestNode

    init() async throws {
        platform = CountingPlatform(try await TestDatabase.shared.platform)
        node = try await TestNode.make(capacity: 4, platform: platform, clock: clock)
    }

    @Test("a tenant of the database is opened when somebody asks for it, once, by whatever name")
    func opened() async throws {
        let made = try await elsewhere()
        let found = try #require(try await node.registry.tenant(slug: made.slug))
        let asked = platform.statements
        for name in [TenantName.slug(made.slug), .id(made.id), .tag(TenantTag(made.id))] {
            let tenant = try #require(try await node.registry.tenant(name))
            #expect(tenant.isSame(as: found))
        }
        #expect(platform.statements == asked)
    }

    @Test("a name that is none is looked up once, and found as soon as its tenant is announced")
    func absent() async throws {
        let slug = try #require(TenantSlug("t\(unique())"))
        for _ in 0..<3 { #expect(try await node.registry.tenant(slug: slug) == nil) }
        #expect(platform.statements == 1)
        let made = try await elsewhere(slug)
        #expect(try await node.registry.tenant(slug: slug) == nil)
        node.registry.forget(made.id, slug: made.slug)
        #expect(try await node.registry.tenant(slug: slug)?.id == made.id)
    }

    @Test("a suspended tenant is served as suspended once that is announced, and keeps its open providers")
    func suspended() async throws {
        let made = try await elsewhere()
        let open = try #require(try await node.registry.tenant(id: made.id))
        _ = try await node.records.set(.suspended, of: made.id, by: .host(requestID: "test"))
        #expect(try await node.registry.tenant(id: made.id)?.isSuspended == false)
        node.registry.forget(made.id, slug: made.slug)
        let suspended = try #require(try await node.registry.tenant(id: made.id))
        #expect(suspended.isSuspended)
        #expect(suspended.isSame(as: open))
        _ = try await node.records.set(.active, of: made.id, by: .host(requestID: "test"))
        node.registry.forget(made.id, slug: made.slug)
        #expect(try await node.registry.tenant(id: made.id)?.isSuspended == false)
    }

    @Test("a node that does not hear asks the database each time, and believes nothing else")
    func deaf() async throws {
        let made = try await elsewhere()
        let slug = try #require(TenantSlug("t\(unique())"))
        #expect(try await node.registry.tenant(slug: slug) == nil)
        let open = try #require(try await node.registry.tenant(id: made.id))
        node.ear.hears = false
        _ = try await node.records.set(.suspended, of: made.id, by: .host(requestID: "test"))
        let suspended = try #require(try await node.registry.tenant(id: made.id))
        #expect(suspended.isSuspended)
        #expect(suspended.isSame(as: open))
        let late = try await elsewhere(slug)
        #expect(try await node.registry.tenant(slug: slug)?.id == late.id)
    }

    @Test("what was looked up while something was announced is looked up again")
    func fence() async throws {
        let made = try await elsewhere()
        let open = try #require(try await node.registry.tenant(id: made.id))
        let state = OpenTenants(capacity: 4)
        var announced = state
        let generation = announced.generation
        announced.forget(made.id, slug: made.slug)
        _ = announced.keep(open, since: generation)
        announced.keepAbsent(.slug(made.slug), since: generation)
        #expect(announced.known(.slug(made.slug)) == nil)
        var quiet = state
        _ = quiet.keep(open, since: quiet.generation)
        #expect(quiet.known(.slug(made.slug)) != nil)
    }

    @Test("another revision is opened when it is announced, on this node and on others")
    func revision() async throws {
        let slug = try #require(TenantSlug("t\(unique())"))
        let other = try await TestNode.make(clock: clock)
        _ = try await other.onboard(OnboardingWish(slug: slug, name: "A test"))
        #expect(try await node.registry.tenant(slug: slug)?.revision == 1)
        let changed = try await other.onboard(OnboardingWish(slug: slug, name: "Renamed")).done.tenant
        #expect(try await node.registry.tenant(slug: slug)?.name == "A test")
        node.registry.forget(changed.id, slug: slug)
        let taken = try #require(try await node.registry.tenant(slug: slug))
        #expect((taken.revision, taken.name) == (2, "Renamed"))
    }

    @Test("so many stay open beside those of files, the ones used lately; the others are opened again")
    func bounded() async throws {
        let pinned = try await TestTenant.make()
        node.registry.pin([pinned.tenant])
        let first = try await elsewhere()
        let open = try #require(try await node.registry.tenant(id: first.id))
        for _ in 0..<8 {
            let next = try await elsewhere()
            #expect(try await node.registry.tenant(id: next.id)?.id == next.id)
            // Used again and again, it stays.
            #expect(try await node.registry.tenant(id: first.id)?.isSame(as: open) == true)
        }
        for _ in 0..<8 { #expect(try await node.registry.tenant(id: try await elsewhere().id) != nil) }
        #expect(node.registry.all.count <= 6)
        #expect(try await node.registry.tenant(id: first.id)?.isSame(as: open) == false)
        #expect(try await node.registry.tenant(id: pinned.id)?.isSame(as: pinned.tenant) == true)
    }

    @Test("one that does not open harms no other, is not tried at every request, and leaves word for the doctor")
    func trouble() async throws {
        let (broken, sound) = (try await elsewhere(), try await elsewhere())
        try await broken.breakDocument()
        #expect(try await node.registry.tenant(id: sound.id)?.id == sound.id)
        for _ in 0..<3 {
            await #expect(throws: TenantUnavailable.self) { try await node.registry.tenant(id: broken.id) }
        }
        let trouble = try #require(try await node.records.find(id: broken.id)?.trouble)
        #expect(trouble.contains("revision 1"))
        #expect(try await node.records.troubled(limit: 1000).contains { $0.id == broken.id })
        let asked = platform.statements
        await #expect(throws: TenantUnavailable.self) { try await node.registry.tenant(id: broken.id) }
        #expect(platform.statements - asked == 1)
        clock.advance(by: .seconds(6))
        await #expect(throws: TenantUnavailable.self) { try await node.registry.tenant(id: broken.id) }
    }

    @Test("one that does not open is mended by another configuration")
    func mended() async throws {
        let broken = try await elsewhere()
        try await broken.breakDocument()
        await #expect(throws: TenantUnavailable.self) { try await node.registry.tenant(id: broken.id) }
        let sound = try SettingsParser.parse(Array("{sign_in: {password: {}, totp: {}, recovery_codes: {}}}".utf8))
        let mended = OnboardingWish(slug: broken.slug, name: "A test", configuration: sound)
        #expect(try await node.onboard(mended).done.tenant.revision == 2)
        #expect(try await node.registry.tenant(id: broken.id)?.revision == 2)
    }

    @Test("one that is being deleted, or was, is none")
    func gone() async throws {
        let made = try await elsewhere()
        for state in ["'deleting'", "'deleted', deleted_at = now()"] {
            try await TestDatabase.shared.administrator.affected(
                "UPDATE gatehouse.tenants SET state = \(state) WHERE id = '\(made.id.rawValue)'")
            node.registry.forget(made.id, slug: made.slug)
            #expect(try await node.registry.tenant(id: made.id) == nil)
            #expect(try await node.registry.tenant(slug: made.slug) == nil)
        }
    }

    @Test("of very many files none is opened before somebody asks for it, and a changed one is opened anew then")
    func manyFiles() async throws {
        let fixture = try TenantFixture()
        let slugs = (0..<3).map { _ in "t\(unique())" }
        for slug in slugs { try fixture.writeTenant(slug) }
        let node = try await TestNode.make(files: fixture.files, clock: clock)
        let reload = TenantReload(
            directory: fixture.directory, files: fixture.files, registry: node.registry, source: node.source,
            logger: .init(label: "test"), openedAhead: 2,
            register: { plans in try await node.records.register(plans.map { ($0.slug.text, $0.name) }) })
        #expect(try await reload.run() == .done(opened: 0, kept: 3, dropped: 0, failed: 0))
        #expect(node.registry.all.isEmpty)
        let first = try #require(try await node.registry.tenant(named: slugs[0]))
        #expect(node.registry.all.count == 1)
        try fixture.writeTenant(slugs[0], minimumLength: 20)
        try fixture.remove("\(slugs[1]).yaml")
        try fixture.writeTenant("t\(unique())")
        _ = try await reload.run()
        #expect(try await node.registry.tenant(named: slugs[0])?.isSame(as: first) == false)
        #expect(try await node.registry.tenant(named: slugs[1]) == nil)
        let third = try #require(try await node.registry.tenant(named: slugs[2]))
        _ = try await reload.run()
        #expect(try await node.registry.tenant(named: slugs[2])?.isSame(as: third) == true)
    }

    @Test("an announcement says which tenant, and what is no announcement says nothing")
    func announcements() throws {
        let id = TenantID.make(at: clock.now)
        let uuid = id.rawValue.uuidString.lowercased()
        #expect(TenantAnnouncement("\(uuid) acme")?.id == id)
        #expect(TenantAnnouncement("\(uuid) acme")?.slug?.text == "acme")
        #expect(TenantAnnouncement("\(uuid) ")?.slug == nil)
        for text in ["", uuid, "acme", "\(uuid) Acme", "\(uuid) acme x", "x acme"] {
            #expect(TenantAnnouncement(text) == nil, "\(text)")
        }
    }

    /// A tenant that another node made.
    private func elsewhere(_ slug: TenantSlug? = nil) async throws -> Tenant {
        let other = try await TestNode.make(clock: clock)
        let slug = try slug ?? #require(TenantSlug("t\(unique())"))
        return try await other.onboard(OnboardingWish(slug: slug, name: "A test")).done.tenant
    }
}

extension Tenant {
    /// Puts a document into force, past all checks, that names a provider which this program has not.
    fileprivate func breakDocument() async throws {
        let node = try await TestNode.make(clock: FixedClock(TestTenant.start))
        let cells = try await node.services.hierarchy.cells(of: self, now: { TestTenant.start })
        let rows = try await database.rows(FindRevision(number: 1))
        guard let row = rows.first else { throw Refusal.notFound }
        let document = "{tenant: \(slug), name: A test, sign_in: {passkeys: {}}}"
        let sealed = try cells.seal(document, at: Cell(.tenantDocument, row: row.id))
        _ = try await database.run([
            BoundStatement(
                sql: "UPDATE gatehouse.tenant_revisions SET sealed_document = $1 WHERE number = 1",
                parameters: [.bytes(sealed)])
        ])
    }
}
