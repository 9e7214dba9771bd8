import Cryptography
import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The hierarchy of keys")
struct KeyHierarchyTests {
    @Test("nodes that start at once make one data key, and record it once")
    func nodes() async throws {
        for _ in 0..<20 {
            let tenant = try await TestTenant.make()
            let nodes = [tenant.services, try await tenant.anotherNode()]
            let codes = try await inParallel(8) { number in
                let keyring = try await nodes[number % 2].hierarchy.keyring(of: tenant.id, in: tenant.database)
                return try keyring.authenticator(for: .cursor)([1])
            }
            #expect(Set(codes).count == 1)
            #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.tenant_keys") == "1")
            #expect(try await tenant.events(.dataKeyCreated).count == 1)
        }
    }

    @Test("a data key wrapped by a key that the process has not is named, and nothing is made in its place")
    func unknownKeyEncryptionKey() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.keyring()
        let known = try await tenant.database.value("SELECT kek_id FROM gatehouse.tenant_keys")
        let stranger = try hierarchy([KeyBytes(try Randomness.bytes(32))], in: tenant)
        await #expect {
            _ = try await stranger.keyring(of: tenant.id, in: tenant.database)
        } throws: { error in
            if case KeyWrapperError.unknownKey(let id) = error { id == known } else { false }
        }
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.tenant_keys") == "1")
    }

    @Test("the previous key-encryption key still opens what it wrapped")
    func previous() async throws {
        let tenant = try await TestTenant.make()
        let (old, new) = (KeyBytes(try Randomness.bytes(32)), KeyBytes(try Randomness.bytes(32)))
        let before = try await hierarchy([old], in: tenant).keyring(of: tenant.id, in: tenant.database)
        let after = try await hierarchy([new, old], in: tenant).keyring(of: tenant.id, in: tenant.database)
        let place = Cell(.idempotencyBody, row: [1])
        #expect(try after.open(try before.seal([7], at: place), at: place) == [7])
    }

    @Test("a wrapped data key that was moved to another tenant does not open there")
    func movedKey() async throws {
        let (one, other) = (try await TestTenant.make(), try await TestTenant.make())
        _ = try await one.keyring()
        let moved = try await TestDatabase.shared.administrator.affected(
            """
            INSERT INTO gatehouse.tenant_keys (tenant_id, id, kek_id, wrapped, created_at)
            SELECT '\(other.id.rawValue)', id, kek_id, wrapped, created_at
            FROM   gatehouse.tenant_keys
            WHERE  tenant_id = '\(one.id.rawValue)'
            """)
        #expect(moved == 1)
        await #expect {
            _ = try await other.keyring()
        } throws: { error in
            if case KeyWrapperError.refused = error { true } else { false }
        }
    }

    @Test("a key of another length is refused")
    func length() {
        #expect(throws: KeyringError.self) { _ = try KeyEncryptionKeys([KeyBytes([UInt8](repeating: 1, count: 31))]) }
        #expect(throws: KeyringError.self) { _ = try KeyEncryptionKeys([]) }
    }

    @Test("private keys and kept answers stand in their tables sealed")
    func sealedAtRest() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.signedIn()
        let sealed = try await tenant.database.value(
            "SELECT string_agg(encode(sealed_private, 'escape'), '') FROM gatehouse.signing_keys")
        #expect(try #require(sealed).contains("PRIVATE KEY") == false)
    }

    private func hierarchy(_ keys: [KeyBytes], in tenant: TestTenant) throws -> KeyHierarchy {
        KeyHierarchy(encryption: KeyEncryption([try KeyEncryptionKeys(keys)]), now: tenant.clock.reading)
    }
}
