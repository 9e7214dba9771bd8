import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import PostgresStore
import Testing

@testable import Kernel

@Suite("Configurations in the database") struct TenantConfigurationTests {
    @Test("a change is a revision of its own, in force at once and named in the audit trail")
    func change() async throws {
        let tenant = try await DatabaseTenant.make()
        let done = try await tenant.bringInForce(try await tenant.change(Self.with("audience: one")))
        #expect(done.isNew && done.tenant.revision == 2)
        #expect(try await tenant.audience(at: tenant.node) == "one")
        let events = try await tenant.acme.events(.configChanged)
        #expect(events.map(\.details) == [["revision": "2"]])
        let listed = try await tenant.node.configurations.revisions(of: tenant.acme.id).list(before: nil, limit: 10)
        #expect(listed.map(\.number) == [2, 1])
        #expect(listed.map(\.author) == ["host", "host"])
    }

    @Test("what says the same makes no revision, whatever its order and its quotes")
    func unchanged() async throws {
        let tenant = try await DatabaseTenant.make(Self.with("audience: one"))
        let same = "audience: 'one'\npolicy: {second_factor: {required_for: []}}\nsign_in: {totp: {}, password: }"
        let done = try await tenant.bringInForce(try await tenant.change(same))
        #expect(!done.isNew)
        #expect(try await tenant.record.revision == 1)
    }

    @Test("of many who change the same revision one wins, and the others change nothing")
    func concurrent() async throws {
        let tenant = try await DatabaseTenant.make()
        let record = try await tenant.record
        let outcomes = try await inParallel(8) { number in
            let change = ConfigurationChange(
                record: record, document: try SettingsParser.parse(Array(Self.with("audience: a\(number)").utf8)))
            do {
                return try await tenant.bringInForce(change).tenant.audience as String?
            } catch OnboardingRefusal.changedMeanwhile {
                return nil
            }
        }
        let winners = outcomes.compactMap(\.self)
        #expect(winners.count == 1)
        #expect(try await tenant.record.revision == 2)
        #expect(try await tenant.audience(at: tenant.node) == winners.first)
        #expect(try await tenant.node.configurations.revisions(of: tenant.acme.id).revision(3) == nil)
    }

    @Test("going back makes a new revision of the old text, name included")
    func rollback() async throws {
        let tenant = try await DatabaseTenant.make()
        try await tenant.bringInForce(try await tenant.change(Self.with("audience: one\nname: Renamed")))
        #expect(try await tenant.record.name == "Renamed")
        let configurations = tenant.node.configurations
        let back = try #require(try await configurations.change(of: try await tenant.record, backTo: 1))
        #expect(try await tenant.bringInForce(back).tenant.revision == 3)
        #expect(try await tenant.record.name == "A test")
        let (first, third) = (
            try await configurations.revision(1, of: tenant.acme.id),
            try await configurations.revision(3, of: tenant.acme.id)
        )
        #expect(first?.bytes == third?.bytes)
        #expect(try await configurations.change(of: try await tenant.record, backTo: 9) == nil)
    }

    @Test("a configuration by which the tenant does not open leaves the old one in force")
    func notOpening() async throws {
        let tenant = try await DatabaseTenant.make()
        _ = try await tenant.acme.person(roles: ["owner"])
        let change = try await tenant.change(
            "sign_in: {password: {}, totp: {}}\npolicy: {second_factor: {required_for: [owner], grace: 0s}}")
        await #expect {
            try await tenant.bringInForce(change)
        } throws: { error in
            if case OnboardingRefusal.doesNotOpen = error { true } else { false }
        }
        #expect(try await tenant.record.revision == 1)
        #expect(try await tenant.node.registry.tenant(id: tenant.acme.id)?.revision == 1)
        #expect(try await tenant.node.configurations.revision(2, of: tenant.acme.id) == nil)
    }

    @Test("a revision is never changed and never removed, but for what seals it")
    func immutable() async throws {
        let tenant = try await DatabaseTenant.make()
        for sql in [
            "UPDATE gatehouse.tenant_revisions SET number = 7", "UPDATE gatehouse.tenant_revisions SET author = 'x'",
            "UPDATE gatehouse.tenant_revisions SET created_at = now()", "DELETE FROM gatehouse.tenant_revisions",
        ] {
            await #expect(throws: DatabaseError.refused, "\(sql)") { try await tenant.acme.database.affected(sql) }
        }
    }

    @Test("another tenant finds none of its revisions, by number or in the list")
    func isolation() async throws {
        let (tenant, other) = (try await DatabaseTenant.make(), try await DatabaseTenant.make())
        try await tenant.bringInForce(try await tenant.change(Self.with("audience: one")))
        let revisions = other.node.configurations.revisions(of: other.acme.id)
        #expect(try await revisions.revision(2) == nil)
        #expect(try await revisions.list(before: nil, limit: 10).map(\.number) == [1])
    }

    @Test("a node that remembers the tenant takes the change up when it is announced")
    func secondNode() async throws {
        let tenant = try await DatabaseTenant.make()
        let second = try await TestNode.make(
            services: try await tenant.acme.anotherNode(), clock: tenant.acme.clock)
        let before = try await tenant.audience(at: second)
        try await Self.listening(for: second) {
            try await tenant.bringInForce(try await tenant.change(Self.with("audience: one")))
            try await until { try await tenant.audience(at: second) == "one" }
        }
        #expect(before != "one")
        #expect(try await second.registry.tenant(id: tenant.acme.id)?.revision == 2)
    }

    private static func with(_ more: String) -> String { DatabaseTenant.configuration + more + "\n" }

    /// Runs `body` while a node hears what is announced about tenants.
    private static func listening(for node: TestNode, _ body: () async throws -> Void) async throws {
        let registry = node.registry
        let listener = PostgresListener(
            settings: PostgresSettings(
                connection: try await TestDatabase.shared.connection, applicationName: "node-\(unique())"),
            channels: ["gatehouse_tenants"], logger: CapturedLog().logger,
            receive: { notification in
                guard let heard = TenantAnnouncement(notification.payload) else { return registry.forgetAll() }
                registry.forget(heard.id, slug: heard.slug)
            }, interrupted: { registry.forgetAll() })
        try listener.start()
        do {
            try await until { listener.isHearing }
            try await body()
        } catch {
            await listener.shutdown()
            throw error
        }
        await listener.shutdown()
    }
}
