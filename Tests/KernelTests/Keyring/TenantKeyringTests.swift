import Cryptography
import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Sealed values")
struct TenantKeyringTests {
    private let plaintext = Array("what nobody may read".utf8)
    private let home = Cell(.signingKeyPrivate, row: [1, 2, 3])

    @Test("a value opens in its place, for every node")
    func opens() async throws {
        let tenant = try await TestTenant.make()
        let sealed = try await tenant.keyring().seal(plaintext, at: home)
        let other = try await tenant.anotherNode().hierarchy.keyring(of: tenant.id, in: tenant.database)
        #expect(try other.open(sealed, at: home) == plaintext)
    }

    @Test("the same value sealed twice reads differently, and shows nothing of itself")
    func differs() async throws {
        let keyring = try await TestTenant.make().keyring()
        let (one, other) = (try keyring.seal(plaintext, at: home), try keyring.seal(plaintext, at: home))
        #expect(one != other)
        #expect(one.count == plaintext.count + 1 + 16 + 12 + 16)
        #expect(!one.indices.contains { one[$0...].starts(with: plaintext.prefix(4)) })
    }

    @Test("a value that was moved to another row or column does not open")
    func moved() async throws {
        let keyring = try await TestTenant.make().keyring()
        let sealed = try keyring.seal(plaintext, at: home)
        for place in [Cell(.signingKeyPrivate, row: [1, 2]), Cell(.idempotencyBody, row: [1, 2, 3])] {
            #expect(throws: CryptographyError.notAuthentic) { try keyring.open(sealed, at: place) }
        }
    }

    @Test("a value that was moved to another tenant does not open")
    func otherTenant() async throws {
        let (one, other) = (try await TestTenant.make(), try await TestTenant.make())
        let sealed = try await one.keyring().seal(plaintext, at: home)
        let keyring = try await other.keyring()
        #expect { try keyring.open(sealed, at: home) } throws: { error in
            if case KeyringError.unknownKey = error { true } else { false }
        }
    }

    @Test("a value does not open under another tenant's name even with its own key")
    func boundToTenant() throws {
        let (tenant, other) = (try Randomness.bytes(16), try Randomness.bytes(16))
        let (key, name) = (try Randomness.bytes(32), try Randomness.bytes(16))
        let sealed = try TenantKeyring.made(tenant: tenant, key: key, id: name).seal(plaintext, at: home)
        let impostor = try TenantKeyring.made(tenant: other, key: key, id: name)
        #expect(throws: CryptographyError.notAuthentic) { try impostor.open(sealed, at: home) }
    }

    @Test("no nonce comes twice, in a hundred thousand")
    func nonces() throws {
        let keyring = try TenantKeyring.made(tenant: Randomness.bytes(16), key: Randomness.bytes(32))
        var nonces: Set<ArraySlice<UInt8>> = []
        for _ in 0..<100_000 { nonces.insert(try keyring.seal([], at: home)[17..<29]) }
        #expect(nonces.count == 100_000)
    }

    @Test("no byte can be changed, cut off or added")
    func altered() async throws {
        let keyring = try await TestTenant.make().keyring()
        let sealed = try keyring.seal(plaintext, at: home)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: (any Error).self, "byte \(index) was changed") { try keyring.open(changed, at: home) }
            #expect(throws: (any Error).self, "cut off at \(index)") {
                try keyring.open(Array(sealed[..<index]), at: home)
            }
        }
        #expect(throws: (any Error).self) { try keyring.open(sealed + [0], at: home) }
    }

    @Test("keys for different purposes and tenants have nothing in common")
    func purposes() async throws {
        let (one, other) = (try await TestTenant.make().keyring(), try await TestTenant.make().keyring())
        let codes = try [
            one.authenticator(for: .cursor)(plaintext), one.authenticator(for: .refreshSuccessor)(plaintext),
            other.authenticator(for: .cursor)(plaintext), other.authenticator(for: .refreshSuccessor)(plaintext),
        ]
        #expect(Set(codes).count == 4)
        #expect(try one.authenticator(for: .cursor)(plaintext) == codes[0])
    }
}

extension TestTenant {
    /// The keys of this tenant.
    func keyring() async throws -> TenantKeyring { try await services.hierarchy.keyring(of: id, in: database) }
}
