import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("While the keeper of the key-encryption key is away")
struct KeeperOutageTests {
    @Test("keys that were unwrapped serve for an hour and no longer, and serve again when it is back")
    func hour() async throws {
        let (tenant, keeper) = try await served()
        let person = try await tenant.person()
        keeper.isAway = true
        for second in [1, 299, 300, 301, 1799, 1800, 1801, 3299, 3301, 3599] {
            tenant.clock.set(to: TestTenant.start.addingTimeInterval(TimeInterval(second)))
            #expect(try await tenant.people.user(person.id)?.login == person.login, "after \(second) seconds")
        }
        for second in [3600, 3601, 7200] {
            tenant.clock.set(to: TestTenant.start.addingTimeInterval(TimeInterval(second)))
            await expectUnavailable("after \(second) seconds") { _ = try await tenant.people.user(person.id) }
        }
        keeper.isAway = false
        #expect(try await tenant.people.user(person.id)?.login == person.login)
    }

    @Test("nothing is written or signed in the clear once the hour is over")
    func failsClosed() async throws {
        let (tenant, keeper) = try await served()
        let person = try await tenant.signedIn()
        let before = try await tenant.rows()
        keeper.isAway = true
        tenant.clock.advance(by: .seconds(KeyHierarchy.timeToLive))
        await expectUnavailable { _ = try await tenant.person() }
        await expectUnavailable { _ = try await tenant.invite() }
        await expectUnavailable { _ = try await tenant.signIn(person.login) }
        await expectUnavailable { _ = try await tenant.refresh(person) }
        await expectUnavailable { _ = try await tenant.events(.signIn) }
        await expectUnavailable { _ = try await tenant.rotation.rotateDataKey() }
        await expectUnavailable { _ = try await tenant.rotation.sealClearValues() }
        #expect(try await tenant.rows() == before)
    }

    @Test("a password that needs the keys is neither accepted nor refused")
    func passwords() async throws {
        let (tenant, keeper) = try await served()
        let person = try await tenant.signedIn()
        keeper.isAway = true
        tenant.clock.advance(by: .seconds(KeyHierarchy.timeToLive))
        for password in [TestPerson.password, SecretText("nine purple lanterns sink")] {
            await expectUnavailable {
                _ = try await tenant.tenant.passwordAuthenticator.authenticate(user: person.id, password: password)
            }
        }
    }

    @Test("a node that knows nothing yet is refused at once, and makes no key")
    func fresh() async throws {
        let (tenant, keeper) = try await served()
        keeper.isAway = true
        await expectUnavailable { _ = try await tenant.person() }
        #expect(try await tenant.keyStates() == [])
    }

    @Test("a key that another node wrapped anew goes on serving where it is known")
    func wrappedAnew() async throws {
        let (tenant, keeper) = try await served()
        let person = try await tenant.person()
        keeper.isAway = true
        let keys = try await TestDatabase.shared.keyEncryptionKeys
        let stored = try #require(try await tenant.database.rows(ListDataKeys()).first)
        let binding = StoredDataKey.binding(tenant: tenant.id, key: stored.id)
        let anew = try keys.wrap(try keys.unwrap(stored.wrapped, binding: binding), binding: binding)
        #expect(try await tenant.database.execute(RewrapDataKey(old: stored, new: anew)) == 1)
        tenant.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
        #expect(try await tenant.people.user(person.id)?.login == person.login)
        tenant.clock.advance(by: .seconds(KeyHierarchy.timeToLive))
        await expectUnavailable { _ = try await tenant.people.user(person.id) }
    }

    @Test("it is asked once in half an hour, however much it is needed")
    func asked() async throws {
        let (tenant, keeper) = try await served()
        let person = try await tenant.person()
        let first = keeper.unwraps
        for _ in 0..<5 {
            tenant.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
            _ = try await inParallel(4) { _ in try await tenant.people.user(person.id) }
        }
        #expect(keeper.unwraps == first)
        tenant.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
        _ = try await inParallel(4) { _ in try await tenant.people.user(person.id) }
        #expect(keeper.unwraps == first + 1)
    }

    /// A tenant on a node whose key-encryption key has a keeper that can be away.
    private func served() async throws -> (TestTenant, TestKeeper) {
        let tenant = try await TestTenant.make()
        let keeper = TestKeeper(try await TestDatabase.shared.keyEncryptionKeys)
        let services = try await TestDatabase.shared.services(
            encryption: KeyEncryption([keeper]), now: tenant.clock.reading)
        return (try await tenant.served(by: services), keeper)
    }

    private func expectUnavailable(
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        await #expect(comment, sourceLocation: sourceLocation) {
            try await body()
        } throws: { error in
            if case KeyWrapperError.unavailable = error { true } else { false }
        }
    }
}
