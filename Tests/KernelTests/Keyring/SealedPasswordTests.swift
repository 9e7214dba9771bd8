import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// What whoever can write to the database gains with the hashes of passwords.
@Suite("Sealed password hashes, tampered with")
struct SealedPasswordTests {
    private static let later = SecretText("seven amber kettles hum")

    @Test("two people whose hashes were swapped get in with neither password")
    func swapped() async throws {
        let tenant = try await TestTenant.make()
        let (anna, bert) = (try await tenant.signedIn(), try await tenant.signedIn())
        let hashes = try await tenant.sealed(.password)
        let annas = try #require(hashes.first { $0.position == anna.id.rawValue })
        let berts = try #require(hashes.first { $0.position == bert.id.rawValue })
        try await tenant.plant(berts.value, at: annas, of: .password)
        try await tenant.plant(annas.value, at: berts, of: .password)
        for (person, cell) in [(anna, annas.cell), (bert, berts.cell)] {
            await expectRefused(at: cell) { _ = try await tenant.signIn(person.login) }
        }
        // Two took up their invitations, and nobody came in since.
        #expect(try await tenant.events(.signIn).count == 2)
        #expect(try await tenant.events(.sealedValueRefused).count == 2)
    }

    @Test("an older hash that was put back does not open, so the older password lets nobody in")
    func older() async throws {
        let tenant = try await TestTenant.make()
        let (person, older) = try await changed(in: tenant)
        let newer = try #require(try await tenant.sealed(.password).first)
        try await tenant.plant(older.value, at: newer, of: .password)
        for password in [TestPerson.password, Self.later] {
            await expectRefused(at: newer.cell) { _ = try await tenant.signIn(person.login, password) }
        }
    }

    @Test("a new hash does not open under an older moment")
    func olderMoment() async throws {
        let tenant = try await TestTenant.make()
        let (person, older) = try await changed(in: tenant)
        try await tenant.asOwner(moment(of: person.id, to: older))
        await expectRefused(at: older.cell) { _ = try await tenant.signIn(person.login, Self.later) }
    }

    /// A row as a whole can be brought back, as a backup does.
    @Test("an older hash together with its moment is accepted again")
    func olderRow() async throws {
        let tenant = try await TestTenant.make()
        let (person, older) = try await changed(in: tenant)
        try await tenant.plant(older.value, at: older, of: .password)
        try await tenant.asOwner(moment(of: person.id, to: older))
        #expect(try await tenant.signIn(person.login, Self.later).isRefused)
        #expect(try await tenant.signIn(person.login).tokens != nil)
    }

    /// A person who has changed his password, and his hash from before.
    private func changed(in tenant: TestTenant) async throws -> (TestPerson, StoredCell) {
        let person = try await tenant.signedIn()
        let older = try #require(try await tenant.sealed(.password).first)
        tenant.clock.advance(by: .milliseconds(1500))
        let session = try #require(try await tenant.session(of: person.tokens))
        let account = try await tenant.services.ownAccount(in: tenant.tenant)
        let caller = try await tenant.caller(person)
        try await account.changePassword(from: TestPerson.password, to: Self.later, session, by: caller).get()
        return (person, older)
    }

    private func moment(of user: UserID, to older: StoredCell) throws -> String {
        let microseconds = try #require(older.cell.version)
        return """
            UPDATE gatehouse.password_credentials
            SET    changed_at = 'epoch'::timestamptz + \(microseconds) * interval '1 microsecond'
            WHERE  user_id = '\(user.rawValue)'
            """
    }
}
