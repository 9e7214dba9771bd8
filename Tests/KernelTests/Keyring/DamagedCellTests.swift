import Cryptography
import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A change of keys that meets damaged values")
struct DamagedCellTests {
    @Test("leaves them as they are, says where, and seals the rest", arguments: Damage.allCases)
    func left(_ damage: Damage) async throws {
        let tenant = try await TestTenant.make()
        let (one, other) = (try await tenant.named(), try await tenant.named())
        let stored = try await tenant.name(of: one)
        let bytes = damage.bytes(from: stored.value)
        try await tenant.plant(bytes, at: stored, of: .displayName)
        let log = CapturedLog()
        let outcome = try await tenant.rotation(in: tenant.database, log: log).rotateDataKey()
        #expect(outcome.hasNewKey)
        #expect(outcome.cells.damaged == 1)
        #expect(try await tenant.name(of: one).value == bytes)
        #expect(try await tenant.people.user(other.id)?.displayName == "canary name")
        #expect(log.lines.contains { $0.contains("place=users.sealed_display_name") && $0.contains(one.row) })
    }

    @Test("does not keep the tenant on one key for ever: the next call makes a new one")
    func goesOn() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.named()
        let stored = try await tenant.name(of: person)
        try await tenant.plant(Damage.flipped.bytes(from: stored.value), at: stored, of: .displayName)
        let first = try await tenant.rotation.rotateDataKey()
        let second = try await tenant.rotation.rotateDataKey()
        #expect(second.hasNewKey)
        #expect(second.activeKey != first.activeKey)
        // What may still be mended must not lose its key.
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        #expect(try await tenant.rotation.destroyRetiredKeys() == (1, 1))
        try await tenant.plant(stored.value, at: stored, of: .displayName)
        #expect(try await tenant.people.user(person.id)?.displayName == "canary name")
    }

    @Test("turns no key while somebody could not be found any more, and the log names his row")
    func logins() async throws {
        let tenant = try await TestTenant.make()
        let (restored, deleted) = (try await tenant.person(), try await tenant.person())
        let logins = try await tenant.sealed(.login)
        for stored in logins {
            try await tenant.plant(Damage.flipped.bytes(from: stored.value), at: stored, of: .login)
        }
        let log = CapturedLog()
        await #expect {
            _ = try await tenant.rotation(in: tenant.database, log: log).rotateDataKey()
        } throws: { error in
            (error as? DamagedLogins)?.count == 2
        }
        for person in [restored, deleted] {
            #expect(log.lines.contains { $0.contains("place=users.sealed_login") && $0.contains(person.row) })
        }
        #expect(try await tenant.keyStates() == [.active, .next])

        // What the error advises.
        let stored = try #require(logins.first { $0.position == restored.id.rawValue })
        try await tenant.plant(stored.value, at: stored, of: .login)
        try await tenant.people.delete(deleted.id, by: .hostOperator(.test())).get()
        let outcome = try await tenant.rotation.rotateDataKey()
        #expect((outcome.hasNewKey, outcome.cells.damaged) == (false, 1))
        #expect(try await tenant.keyStates() == [.active, .retired])
        #expect(try await tenant.user(restored.login) == restored.id)
    }

    @Test("keeps nobody from being suspended")
    func suspension() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let stored = try #require(try await tenant.sealed(.login).first)
        try await tenant.plant([], at: stored, of: .login)
        await expectRefused(at: stored.cell) {
            _ = try await tenant.people.suspend(person.id, by: .hostOperator(.test()))
        }
        #expect(try await !tenant.isLive(person))
    }
}

/// What may have become of a stored value.
enum Damage: CaseIterable {
    case emptied, version, cut, flipped, unknownKey

    func bytes(from sealed: [UInt8]) -> [UInt8] {
        switch self {
        case .emptied: []
        case .version: [7] + sealed.dropFirst()
        case .cut: Array(sealed.prefix(9))
        case .flipped: sealed.dropLast() + [sealed[sealed.count - 1] ^ 1]
        case .unknownKey: [1] + [UInt8](repeating: 9, count: 16) + sealed.dropFirst(17)
        }
    }
}

extension TestTenant {
    fileprivate func named() async throws -> User {
        let new = NewUser(login: "\(unique())@example.com".asLogin(), displayName: DisplayName("canary name"))
        return try await people.create(new, by: .hostOperator(.test())).get()
    }

    fileprivate func name(of person: User) async throws -> StoredCell {
        try #require(try await sealed(.displayName).first { $0.position == person.id.rawValue })
    }
}

extension User {
    /// His row as the log writes it.
    fileprivate var row: String { Hexadecimal.encode(id.rawValue.byteArray) }
}
