import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A sealed value that was altered in its row")
struct AlteredCellTests {
    @Test("is refused whichever byte was changed, and wherever it was cut off")
    func everyByte() async throws {
        let (tenant, person, original) = try await named()
        for index in original.value.indices {
            var changed = original.value
            changed[index] ^= 1 << (index % 8)
            try await expectRefusal(changed, at: original, of: person, in: tenant, "byte \(index) was changed")
            let cut = Array(original.value[..<index])
            try await expectRefusal(cut, at: original, of: person, in: tenant, "cut off at \(index)")
        }
        try await tenant.plant(original.value, at: original, of: .displayName)
        #expect(try await tenant.people.user(person)?.displayName == "canary name")
    }

    @Test("is refused with any other version, and with a key that nobody knows")
    func header() async throws {
        let (tenant, person, original) = try await named()
        let keyring = try await tenant.keyring()
        for version in UInt8.min ... .max where version != original.value[0] {
            let changed = [version] + original.value.dropFirst()
            #expect(throws: KeyringError.malformed) { try keyring.open(changed, at: original.cell) }
        }
        let unknown = DataKeyID.make(at: tenant.clock.now).rawValue.byteArray
        let changed = [1] + unknown + original.value.dropFirst(17)
        try await expectRefusal(changed, at: original, of: person, in: tenant, "a key that nobody knows")
        try await expectRefusal([1] + unknown, at: original, of: person, in: tenant, "a key and nothing else")
    }

    @Test("is refused where it never was sealed, readable as it may be")
    func clear() async throws {
        let (tenant, person, original) = try await named()
        let clear = [0] + Array("canary name".utf8)
        try await expectRefusal(clear, at: original, of: person, in: tenant, "in the clear")
    }

    /// A person with a name, and the name as it stands sealed.
    private func named() async throws -> (TestTenant, UserID, StoredCell) {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person()
        let name = UserChanges(displayName: DisplayName("canary name"))
        _ = try await tenant.people.update(person.id, to: name, by: .hostOperator(.test())).get()
        return (tenant, person.id, try #require(try await tenant.sealed(.displayName).first))
    }

    private func expectRefusal(
        _ bytes: [UInt8], at stored: StoredCell, of person: UserID, in tenant: TestTenant, _ comment: Comment
    ) async throws {
        try await tenant.plant(bytes, at: stored, of: .displayName)
        await expectRefused(at: stored.cell, comment) { _ = try await tenant.people.user(person) }
    }
}
