import Foundation
import PluginKit
import Synchronization
import Testing

@testable import Kernel

@Suite("Reading the tenant files anew")
struct TenantReloadTests {
    private let fixture: TenantFixture

    init() throws {
        fixture = try TenantFixture()
    }

    @Test("the first reading opens every tenant, found by slug, by id and by either as text")
    func first() async throws {
        try fixture.writeTenant("acme")
        try fixture.writeTenant("globex")
        #expect(try await fixture.reload.run() == .done(opened: 2, kept: 0, dropped: 0, failed: 0))
        #expect(fixture.registry.pinned.count == 2)
        let acme = try #require(try await fixture.registry.tenant(named: "acme"))
        #expect(try await fixture.registry.tenant(id: acme.id)?.slug == acme.slug)
        #expect(try await fixture.registry.tenant(named: acme.id.description)?.slug == acme.slug)
        #expect(try await fixture.registry.tenant(slug: acme.slug)?.id == acme.id)
        for name in ["initech", "Acme", "acme ", "", "ten_", UserID(rawValue: acme.id.rawValue).description] {
            #expect(try await fixture.registry.tenant(named: name) == nil)
        }
    }

    @Test("only what changed is opened again; the others keep their providers")
    func unchanged() async throws {
        try fixture.writeTenant("acme")
        try fixture.writeTenant("globex")
        _ = try await fixture.reload.run()
        let (acme, globex) = (await passwords(of: "acme"), await passwords(of: "globex"))
        try fixture.writeTenant("globex", minimumLength: 20)
        #expect(try await fixture.reload.run() == .done(opened: 1, kept: 1, dropped: 0, failed: 0))
        #expect(await passwords(of: "acme") === acme)
        #expect(await passwords(of: "globex") !== globex)
    }

    @Test("a tenant whose file is gone is dropped, and comes back under the same id")
    func dropped() async throws {
        try fixture.writeTenant("acme")
        try fixture.writeTenant("globex")
        _ = try await fixture.reload.run()
        let id = try #require(try await fixture.registry.tenant(named: "globex")?.id)
        try fixture.remove("globex.yaml")
        #expect(try await fixture.reload.run() == .done(opened: 0, kept: 1, dropped: 1, failed: 0))
        #expect(try await fixture.registry.tenant(named: "globex") == nil)
        #expect(try await fixture.registry.tenant(id: id) == nil)
        try fixture.writeTenant("globex")
        #expect(try await fixture.reload.run() == .done(opened: 1, kept: 1, dropped: 0, failed: 0))
        #expect(try await fixture.registry.tenant(named: "globex")?.id == id)
    }

    @Test("a tenant that the registry has suspended is served as suspended, from the next reload on")
    func suspended() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        #expect(try await fixture.registry.tenant(named: "acme")?.isSuspended == false)
        fixture.suspended.withLock { $0 = ["acme"] }
        #expect(try await fixture.reload.run() == .done(opened: 0, kept: 1, dropped: 0, failed: 0))
        #expect(try await fixture.registry.tenant(named: "acme")?.isSuspended == true)
    }

    @Test("while any file has a problem everything stays as it was, and nothing is registered")
    func refused() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        let acme = await passwords(of: "acme")
        try fixture.writeTenant("acme", minimumLength: 20)
        try fixture.writeTenant("globex", minimumLength: 6)
        guard case .refused(let problems) = try await fixture.reload.run() else {
            Issue.record("the reload was not refused")
            return
        }
        #expect(problems.map(\.key) == ["sign_in.password.minimum_length"])
        #expect(await passwords(of: "acme") === acme)
        #expect(fixture.registry.pinned.count == 1)
        #expect(fixture.registrations.withLock { $0 } == [["acme"]])
    }

    @Test("a tenant that does not open harms no other")
    func notOpening() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        let acme = await passwords(of: "acme")
        try fixture.writeTenant("acme", minimumLength: 20)
        try fixture.write("globex.yaml", Self.notOpening("globex"))
        #expect(try await fixture.reload.run() == .done(opened: 1, kept: 0, dropped: 0, failed: 1))
        #expect(await passwords(of: "acme") !== acme)
        #expect(fixture.registry.pinned.map(\.slug.text) == ["acme"])
    }

    @Test("a tenant that does not open any more is served as it was")
    func noLongerOpening() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        let acme = await passwords(of: "acme")
        try fixture.write("acme.yaml", Self.notOpening("acme"))
        #expect(try await fixture.reload.run() == .done(opened: 0, kept: 0, dropped: 0, failed: 1))
        #expect(await passwords(of: "acme") === acme)
    }

    @Test("a file whose tenant was made at run time is refused, and everything stays as it was")
    func clash() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        try fixture.writeTenant("globex")
        fixture.madeAtRunTime.withLock { $0 = ["globex"] }
        guard case .refused(let problems) = try await fixture.reload.run() else {
            Issue.record("the reload was not refused")
            return
        }
        #expect(problems.map(\.message) == ["`globex` is a tenant that was made at run time"])
        #expect(fixture.registry.pinned.map(\.slug.text) == ["acme"])
    }

    @Test("a tenant is found by the domains that its file declares, for as long as it declares them")
    func domains() async throws {
        let domain = try #require(DomainName("auth.acme.example"))
        let text = "tenant: acme\nname: A\nsign_in: { password: {} }\n"
        try fixture.write("acme.yaml", text + "domains: [auth.acme.example]\n")
        _ = try await fixture.reload.run()
        #expect(try await fixture.registry.tenant(.domain(domain))?.slug.text == "acme")
        try fixture.write("acme.yaml", text)
        _ = try await fixture.reload.run()
        #expect(try await fixture.registry.tenant(.domain(domain)) == nil)
    }

    @Test("a file that declares a domain that another tenant has proved is refused, and everything stays as it was")
    func takenDomain() async throws {
        try fixture.writeTenant("acme")
        _ = try await fixture.reload.run()
        let text = "tenant: globex\nname: G\nsign_in: { password: {} }\ndomains: [a.example, auth.globex.example]\n"
        try fixture.write("globex.yaml", text)
        let taken = try #require(DomainName("auth.globex.example"))
        guard case .refused(let problems) = try await fixture.reload(taken: [taken]).run() else {
            Issue.record("the reload was not refused")
            return
        }
        #expect(problems.map(\.key) == ["domains"])
        #expect(problems.map(\.line) == [4])
        #expect(problems.map(\.message) == ["`auth.globex.example` belongs to a tenant that was made at run time"])
        #expect(fixture.registry.pinned.map(\.slug.text) == ["acme"])
    }

    @Test("a tenant that registering leaves out is an error, and nothing changes")
    func unregistered() async throws {
        try fixture.writeTenant("acme")
        await #expect(throws: UnregisteredTenant.self) { try await fixture.reload { _ in [] }.run() }
        #expect(fixture.registry.pinned.isEmpty)
    }

    private static func notOpening(_ slug: String) -> String {
        "{tenant: \(slug), name: G, secrets: {env: {}, vault: {token: 'env:MISSING'}}, sign_in: {password: {}}}"
    }

    private func passwords(of slug: String) async -> TestPasswords? {
        (try? await fixture.registry.tenant(named: slug))?.passwordAuthenticator as? TestPasswords
    }
}
