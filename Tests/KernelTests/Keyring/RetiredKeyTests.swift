import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A retired data key")
struct RetiredKeyTests {
    @Test("is destroyed when no node can remember it any more, and not before")
    func age() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person()
        try await tenant.rotateDataKey()
        tenant.clock.advance(by: .seconds(KeyRotation.retirement))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (0, 1))
        tenant.clock.advance(by: .milliseconds(1))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (1, 0))
        #expect(try await tenant.keyStates() == [.active])
        #expect(try await tenant.events(.dataKeyDestroyed).count == 1)
        #expect(try await tenant.user(person.login) == person.id)
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.login_entries") == "1")
    }

    @Test("is kept while anything is sealed with it, which stays readable")
    func inUse() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person()
        // A node that looked at the keys before they were turned seals with the one it knows.
        let slow = try await tenant.people
        try await tenant.rotateDataKey()
        let name = UserChanges(displayName: DisplayName("late"))
        _ = try await slow.update(person.id, to: name, by: .hostOperator(.test())).get()
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (0, 1))
        #expect(try await tenant.people.user(person.id)?.displayName == "late")

        #expect(try await tenant.rotation.rotateDataKey().hasNewKey == false)
        #expect(try await tenant.rotation.destroyRetiredKeys() == (1, 0))
        #expect(try await tenant.people.user(person.id)?.displayName == "late")
    }

    @Test("that was destroyed is forgotten by the node that destroyed it at once")
    func forgotten() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.keyring()
        try await tenant.rotateDataKey()
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        _ = try await tenant.keyring()
        _ = try await tenant.rotation.destroyRetiredKeys()
        #expect(try await tenant.keyring().keys.count == 1)
    }

    @Test("of another tenant is no business of this one")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        for one in [tenant, other] {
            _ = try await one.keyring()
            try await one.rotateDataKey()
        }
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (1, 0))
        #expect(try await other.keyStates() == [.active, .retired])
    }
}
