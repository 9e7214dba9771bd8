import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Keys that are changed while two nodes serve")
struct RotationUnderLoadTests {
    @Test("let nothing fail and lose nothing, and leave other tenants as they are")
    func everything() async throws {
        let (site, other) = (try await LoadedSite.make(), try await TestTenant.make())
        _ = try await other.signedIn()
        let othersRows = try await other.rows()
        let rotation = site.operator.rotation

        try await site.underLoad {
            site.rotateKeyEncryptionKey()
            #expect(try await rotation.rewrap() == 1)
            for _ in 0..<3 {
                try await site.operator.rotateDataKey()
                await site.load.goOn()
                // The nodes look at the keys again; until now they sealed with the old one.
                site.operator.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
            }
            await site.load.goOn()
            #expect(try await rotation.destroyRetiredKeys() == (0, 3))
        }
        _ = try await rotation.rotateDataKey()

        site.operator.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        try await site.underLoad {
            let result = try await rotation.destroyRetiredKeys()
            #expect(result.destroyed >= 3 && result.kept == 0)
            try await site.operator.rotateDataKey()
            await site.load.goOn()
        }
        let key = try await site.operator.rotateDataKey()

        #expect(try await site.operator.keysInUse() == [key])
        #expect(try await site.operator.rotation.rewrap() == 0)
        try await site.expectEverythingReadable()
        #expect(try await other.rows() == othersRows)
    }
}

/// A tenant on two nodes that share nothing but the database, and the operator who changes its keys.
struct LoadedSite {
    let `operator`: TestTenant
    let load: RotationLoad
    let person: TestPerson
    let old: KeyEncryptionKeys
    let new: KeyEncryptionKeys

    static func make() async throws -> LoadedSite {
        let database = try await TestDatabase.shared
        let tenant = try await TestTenant.make("policy: {attempts: {failures_before_delay: 60}}")
        let person = try await tenant.signedIn()
        let (old, new) = (database.keyEncryptionKeys, try KeyEncryptionKeys.random())
        // A node that meets a key it does not know finds the new one where the process keeps its secrets.
        let nodes = try await inParallel(2) { _ in
            let encryption = KeyEncryption([old]) { [new, old] }
            return try await tenant.served(by: database.services(encryption: encryption, now: tenant.clock.reading))
        }
        let load = RotationLoad(nodes: nodes, person: person)
        return LoadedSite(operator: tenant, load: load, person: person, old: old, new: new)
    }

    func rotateKeyEncryptionKey() { self.operator.services.hierarchy.encryption.use([new, old]) }

    /// Runs `body` while clients do everything on both nodes, and expects that each of them got what he asked for.
    func underLoad(_ body: () async throws -> Void) async throws {
        async let running: Void = load.run()
        do {
            await load.goOn()
            try await body()
        } catch {
            load.stop()
            await running
            throw error
        }
        load.stop()
        await running
        #expect(load.failures == [])
        #expect(load.turns.count == RotationLoad.Work.allCases.count, "\(load.turns)")
    }

    /// Reads everything on a node that has the new key-encryption key alone.
    func expectEverythingReadable() async throws {
        let services = try await TestDatabase.shared.services(
            encryption: KeyEncryption([new]), now: self.operator.clock.reading)
        let node = try await self.operator.served(by: services)
        #expect(try await node.openEverything() > 100)
        let people = try await node.people.list(after: nil, limit: 1000)
        #expect(people.count > 10)
        for person in people { #expect(try await node.user(person.login) == person.id) }
        #expect(try await node.events(.sealedValueRefused).isEmpty)
        #expect(try await node.signIn(person.login).tokens != nil)
    }
}
