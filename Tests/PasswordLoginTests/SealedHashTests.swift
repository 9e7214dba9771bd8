import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import PasswordLogin

@Suite("A stored password hash")
struct SealedHashTests {
    private static let password = "a quiet harbour"

    @Test("is sealed for its person and for the moment at which the password was set")
    func binding() async throws {
        let fixture = try await PasswordLoginFixture()
        let stored = try await stored(in: fixture)
        let cell = Cell(.passwordHash, row: fixture.user, changedAt: fixture.clock.now)
        #expect(String(decoding: try UnlockedKeys.opened(stored.sealedHash, at: cell), as: UTF8.self).hasPrefix("$"))
        let thief = UserID.make(at: fixture.clock.now)
        for elsewhere in [
            Cell(.passwordHash, row: thief, changedAt: stored.changedAt),
            Cell(.passwordHash, row: fixture.user, changedAt: stored.changedAt.addingTimeInterval(0.001)),
            Cell(.passwordHash, row: fixture.user),
        ] {
            #expect(throws: UnlockedKeys.ElsewhereError.self) {
                try UnlockedKeys.opened(stored.sealedHash, at: elsewhere)
            }
        }
    }

    @Test("that stands where it does not belong lets nobody in, nor is it taken for a wrong password")
    func elsewhere() async throws {
        let fixture = try await PasswordLoginFixture()
        let stored = try await stored(in: fixture)
        plant(stored, changedAt: stored.changedAt, in: fixture)
        #expect(
            try await fixture.signIn(fixture.user, Self.password)
                == .accepted(PasswordProof(user: fixture.user, mustChange: false)))

        let thief = UserID.make(at: fixture.clock.now)
        for password in [Self.password, "another harbour"] {
            await #expect(throws: UnlockedKeys.ElsewhereError.self) { try await fixture.signIn(thief, password) }
        }
        plant(stored, changedAt: stored.changedAt.addingTimeInterval(1), in: fixture)
        await #expect(throws: UnlockedKeys.ElsewhereError.self) {
            try await fixture.signIn(fixture.user, Self.password)
        }
    }

    @Test("of an earlier password that does not belong to its person lets no password be set")
    func earlier() async throws {
        let fixture = try await PasswordLoginFixture()
        let stored = try await stored(in: fixture)
        let row = columns(of: stored, changedAt: stored.changedAt)
        fixture.tables.database.answer(ListRememberedPasswords.self, rows: [row])
        await #expect(throws: UnlockedKeys.ElsewhereError.self) {
            try await fixture.prepare("seven amber kettles hum", for: UserID.make(at: fixture.clock.now))
        }
    }

    /// What is stored of the fixture's person when he sets his password.
    private func stored(in fixture: PasswordLoginFixture) async throws -> SealedPassword {
        guard case .ready(let statements) = try await fixture.prepare(Self.password, for: fixture.user) else {
            throw RefusedInTest()
        }
        var row = RowReader(columns: try #require(statements.first { $0.sql == StorePassword.sql }).parameters)
        #expect(try row.uuid() == fixture.user.rawValue)
        return try SealedPassword(&row)
    }

    /// Makes a stored password stand at everybody.
    private func plant(_ stored: SealedPassword, changedAt: Date, in fixture: PasswordLoginFixture) {
        let row = columns(of: stored, changedAt: changedAt) + [.bool(false)]
        fixture.tables.database.answer(FindPasswordCredential.self, rows: [row])
    }

    private func columns(of stored: SealedPassword, changedAt: Date) -> [SQLValue] {
        [
            .bytes(stored.sealedHash), .text(stored.pepperID), .int(Int64(stored.normalization)), .time(changedAt),
        ]
    }
}
