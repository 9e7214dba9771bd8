import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// What whoever can write to the database gains with the list by which people are found.
@Suite("The list of logins, tampered with")
struct LoginListTests {
    @Test("two people whose entries were swapped are not taken for each other")
    func swapped() async throws {
        let tenant = try await TestTenant.make()
        let (anna, bert) = (try await tenant.signedIn(), try await tenant.signedIn())
        let (annas, berts) = (try await tenant.entry(of: anna.id), try await tenant.entry(of: bert.id))
        try await tenant.setEntry(of: anna.id, to: String(repeating: "00", count: 32))
        try await tenant.setEntry(of: bert.id, to: annas)
        try await tenant.setEntry(of: anna.id, to: berts)
        // Both have the same password: nothing but the look-up tells them apart.
        await expectRefused(at: Cell(.login, row: bert.id)) { _ = try await tenant.signIn(anna.login) }
        await expectRefused(at: Cell(.login, row: anna.id)) { _ = try await tenant.signIn(bert.login) }
        #expect(try await tenant.events(.sealedValueRefused).count == 2)
        // Two took up their invitations, and nobody came in since.
        #expect(try await tenant.events(.signIn).count == 2)
    }

    @Test("an entry that was given to somebody else lets nobody in, and the login is still taken")
    func redirected() async throws {
        let tenant = try await TestTenant.make()
        let (anna, thief) = (try await tenant.signedIn(), try await tenant.signedIn())
        let annas = try await tenant.entry(of: anna.id)
        try await tenant.asOwner("DELETE FROM gatehouse.login_entries WHERE user_id = '\(anna.id.rawValue)'")
        try await tenant.setEntry(of: thief.id, to: annas)
        await expectRefused(at: Cell(.login, row: thief.id)) { _ = try await tenant.signIn(anna.login) }
        let another = NewUser(login: anna.login.asLogin())
        #expect(try await tenant.people.create(another, by: .hostOperator(.test())).refusal == .loginTaken)
        #expect(try await tenant.signIn(thief.login).isRefused)
    }

    @Test("an entry of another tenant finds nobody here")
    func otherTenant() async throws {
        let (home, abroad) = (try await TestTenant.make(), try await TestTenant.make())
        let (here, there) = (try await home.person(), try await abroad.person())
        try await home.setEntry(of: here.id, to: try await abroad.entry(of: there.id))
        #expect(try await home.user(there.login) == nil)
        #expect(try await home.user(here.login) == nil)
    }

    /// A login is not bound to the moment of its change: whoever can write to the database can bring an older one back.
    @Test("an older login that was put back is shown, but lets nobody in under either")
    func older() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn("anna@example.com")
        let older = try #require(try await tenant.sealed(.login).first)
        let changes = UserChanges(login: "anna.smith@example.com".asLogin())
        _ = try await tenant.people.update(person.id, to: changes, by: .hostOperator(.test())).get()
        try await tenant.plant(older.value, at: older, of: .login)
        #expect(try await tenant.people.user(person.id)?.login == "anna@example.com")
        #expect(try await tenant.signIn("anna@example.com").isRefused)
        await expectRefused(at: older.cell) { _ = try await tenant.signIn("anna.smith@example.com") }
    }
}

extension TestTenant {
    fileprivate func entry(of user: UserID) async throws -> String {
        let entry = try await database.value(
            "SELECT encode(entry, 'hex') FROM gatehouse.login_entries WHERE user_id = '\(user.rawValue)'")
        return try #require(entry)
    }

    fileprivate func setEntry(of user: UserID, to entry: String) async throws {
        try await asOwner(
            """
            UPDATE gatehouse.login_entries
            SET    entry = decode('\(entry)', 'hex')
            WHERE  user_id = '\(user.rawValue)'
            """)
    }
}
