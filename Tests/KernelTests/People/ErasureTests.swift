import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Erasure of people")
struct ErasureTests {
    /// What only serves signing in.
    static let erased: Set = [
        "password_credentials", "password_history", "factors", "totp_secrets", "recovery_codes", "devices",
        "enrollment_tickets", "sign_in_transactions", "invitations", "login_entries",
    ]
    /// What else refers to people: it says who somebody was until his row goes.
    static let kept: Set = ["sessions", "role_assignments", "api_keys"]

    @Test("every table that refers to people or their factors is either erased by a deletion or kept on purpose")
    func catalogue() async throws {
        let list = try await TestDatabase.shared.administrator.value(
            """
            SELECT string_agg(DISTINCT conrelid::regclass::text, ' ')
            FROM   pg_constraint
            WHERE  contype = 'f'
            AND    confrelid IN ('gatehouse.users'::regclass, 'gatehouse.factors'::regclass)
            """)
        let names = (list ?? "").split(separator: " ").map { String($0).replacing("gatehouse.", with: "") }
        #expect(Set(names) == Self.erased.union(Self.kept))
    }

    @Test("a deletion removes what only served signing in, of this person and in this tenant alone")
    func deletion() async throws {
        let (planted, other) = (try await PlantedTenants.make(), try await PlantedTenants.make())
        let person = UserID(rawValue: try #require(UUID(uuidString: planted.person.filter { $0 != "'" })))
        let database = planted.owner.database
        try await database.affected(
            """
            INSERT INTO gatehouse.failures (proof, subject, source, count, retry_at, failed_at)
            VALUES ('code', uuid_send(\(planted.person)), '', 1, now(), now())
            """)
        try await database.affected("UPDATE gatehouse.users SET state = 'deleted', deleted_at = now()")
        try await database.execute(EraseSignIn(user: person))
        for table in Self.erased {
            #expect(try await database.affected("SELECT FROM gatehouse.\(table)") == 0, "\(table)")
        }
        for table in Self.kept.union(["failures"]) {
            #expect(try await database.affected("SELECT FROM gatehouse.\(table)") == 1, "\(table)")
        }
        for table in Self.erased.union(Self.kept) {
            #expect(try await other.owner.database.affected("SELECT FROM gatehouse.\(table)") == 1, "\(table)")
        }
    }

    @Test("nothing that was valid before a deletion signs anybody in after it")
    func noWayBack() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let anna = try await tenant.enrolled("anna@example.com")
        let begun = try #require(try await tenant.signIn(anna.login).transaction)
        let other = try await tenant.invite("anna.k@example.com")
        _ = try await tenant.people.delete(anna.id, by: .hostOperator(.test())).get()
        let proved = try await tenant.services.signIn(to: tenant.tenant).proveSecondFactor(
            transaction: begun.token, kind: "totp", code: anna.code, origin: .test())
        #expect(proved.refusal != nil)
        #expect(try await tenant.signIn(anna.login).isRefused)
        let refresh = try await tenant.services.sessions(of: tenant.tenant).refresh(
            anna.tokens.refreshToken, origin: anna.origin)
        guard case .refused = refresh else {
            Issue.record("it was refreshed")
            return
        }
        #expect(try await tenant.session(of: anna.tokens) == nil)
        #expect(try await tenant.people.resume(anna.id, by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await tenant.accept(other.token).refusal == nil)
    }

    @Test("an invitation for the login of somebody who came otherwise goes with him, and so does the one he came by")
    func invitations() async throws {
        let tenant = try await TestTenant.make()
        let open = try await tenant.invite("anna@example.com")
        let anna = try await tenant.person("anna@example.com")
        let taken = try await tenant.invite("bert@example.com")
        _ = try await tenant.accept(taken.token).get()
        let bert = try #require(try await tenant.user("bert@example.com"))
        for person in [anna.id, bert] {
            try await tenant.people.delete(person, by: .hostOperator(.test())).get()
        }
        #expect(try await tenant.accept(open.token).refusal == .invitationInvalid)
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.invitations") == 0)
    }

    @Test("nobody's sign-in is erased who is not deleted, and nobody's from another tenant")
    func onlyTheDeleted() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (live, deleted) = (try await tenant.signedIn(), try await tenant.person())
        try await tenant.people.delete(deleted.id, by: .hostOperator(.test())).get()
        for (place, person) in [(tenant, live.id), (other, live.id), (other, deleted.id)] {
            await #expect(throws: DatabaseError.self) { try await place.database.execute(EraseSignIn(user: person)) }
        }
        #expect(try await tenant.signIn(live.login).tokens != nil)
    }

    @Test("after 30 days nothing is left of a person but what the audit trail says; another tenant's stays")
    func retention() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        var gone: [(tenant: TestTenant, id: UserID, key: SecretText)] = []
        for place in [tenant, other] {
            let anna = try await place.signedIn("anna@example.com", roles: ["admin"])
            let key = try await place.apiKey(by: try await place.caller(anna))
            try await place.people.delete(anna.id, by: .hostOperator(.test())).get()
            gone.append((place, anna.id, key.text))
        }
        let stays = try await tenant.person("bert@example.com")
        try await TestDatabase.shared.administrator.affected(
            """
            UPDATE gatehouse.users SET deleted_at = now() - interval '31 days'
            WHERE id = '\(gone[0].id.rawValue)'
            """)
        _ = try await Retention(database: try await TestDatabase.shared.maintenance).purge()
        for (place, id, key) in gone {
            #expect(try await place.refusal(of: key) != nil)
            #expect(try await place.events(.userDeleted).map(\.subject) == [id.description])
            #expect(try await place.events(.invitationAccepted).first?.actor == "user:\(id)")
        }
        for table in ["sessions", "role_assignments", "api_keys"] {
            #expect(try await tenant.database.affected("SELECT FROM gatehouse.\(table)") == 0, "\(table)")
            #expect(try await other.database.affected("SELECT FROM gatehouse.\(table)") == 1, "\(table)")
        }
        #expect(try await tenant.people.list(after: nil, limit: 9).map(\.id) == [stays.id])
        #expect(try await tenant.database.affected("SELECT FROM gatehouse.users") == 1)
        #expect(try await other.database.affected("SELECT FROM gatehouse.users") == 1)
    }
}
