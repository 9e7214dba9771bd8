import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// What whoever can write to the database gains with the tenants' wrapped keys.
@Suite("Wrapped data keys, tampered with")
struct WrappedKeyTests {
    @Test("two tenants whose keys were swapped get neither")
    func tenants() async throws {
        let (one, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (ones, others) = (try await one.onlyKey(), try await other.onlyKey())
        try await one.plant(others.wrapped.bytes, over: ones)
        try await other.plant(ones.wrapped.bytes, over: others)
        for tenant in [one, other] { await expectRefused(in: tenant) }
        try await one.plant(ones.wrapped.bytes, over: ones)
        _ = try await one.freshKeyring()
    }

    @Test("two keys of one tenant that were swapped open neither's values")
    func keys() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.onlyKey()
        _ = try await tenant.rotation.rotateDataKey()
        let keys = try await tenant.rotation.status().keys
        #expect(keys.count == 2)
        try await tenant.plant(keys[1].wrapped.bytes, over: keys[0])
        try await tenant.plant(keys[0].wrapped.bytes, over: keys[1])
        await expectRefused(in: tenant)
    }

    @Test("no byte of a wrapped key can be changed or cut off")
    func everyByte() async throws {
        let tenant = try await TestTenant.make()
        let key = try await tenant.onlyKey()
        for index in key.wrapped.bytes.indices {
            var changed = key.wrapped.bytes
            changed[index] ^= 1
            try await tenant.plant(changed, over: key)
            await expectRefused(in: tenant, "byte \(index) was changed")
            try await tenant.plant(Array(key.wrapped.bytes[..<index]), over: key)
            await expectRefused(in: tenant, "cut off at \(index)")
        }
    }

    @Test("a node that knows the key notices with its next look that it was exchanged")
    func served() async throws {
        let tenant = try await TestTenant.make()
        let key = try await tenant.onlyKey()
        try await tenant.plant([UInt8](repeating: 7, count: key.wrapped.bytes.count), over: key)
        _ = try await tenant.keyring()
        tenant.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
        await #expect(throws: KeyWrapperError.self) { _ = try await tenant.keyring() }
    }

    @Test("a key that names another key-encryption key is not tried with the one at hand")
    func renamed() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.onlyKey()
        try await tenant.asOwner(
            "UPDATE gatehouse.tenant_keys SET kek_id = 'another' WHERE tenant_id = '\(tenant.id.rawValue)'")
        await #expect {
            _ = try await tenant.freshKeyring()
        } throws: { error in
            if case KeyWrapperError.unknownKey("another") = error { true } else { false }
        }
    }

    private func expectRefused(in tenant: TestTenant, _ comment: Comment? = nil) async {
        await #expect(comment) {
            _ = try await tenant.freshKeyring()
        } throws: { error in
            if case KeyWrapperError.refused = error { true } else { false }
        }
    }
}

extension TestTenant {
    /// The keys as a node sees them that knows nothing yet.
    fileprivate func freshKeyring() async throws -> TenantKeyring {
        try await anotherNode().hierarchy.keyring(of: id, in: database)
    }

    fileprivate func onlyKey() async throws -> StoredDataKey {
        _ = try await keyring()
        return try #require(try await database.rows(ListDataKeys()).first)
    }

    fileprivate func plant(_ wrapped: [UInt8], over key: StoredDataKey) async throws {
        try await asOwner(
            """
            UPDATE gatehouse.tenant_keys
            SET    wrapped = decode('\(Hexadecimal.encode(wrapped))', 'hex')
            WHERE  id = '\(key.id.rawValue)'
            """)
    }
}
