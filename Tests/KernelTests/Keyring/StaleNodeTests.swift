import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// A node goes on for minutes with the keys that it knows; another may have turned them meanwhile.
@Suite("A node that has not heard of a new data key")
struct StaleNodeTests {
    @Test("finds people who were made, or changed their login, under the new key")
    func logins() async throws {
        let (stale, other) = try await nodes()
        let old = try await stale.person()
        try await other.rotateDataKey()
        let new = try await other.person()
        let changes = UserChanges(login: "changed-\(old.login)".asLogin())
        _ = try await other.people.update(old.id, to: changes, by: .hostOperator(.test())).get()
        #expect(try await stale.user(new.login) == new.id)
        #expect(try await stale.user("changed-\(old.login)") == old.id)
        #expect(try await stale.user(old.login) == nil)
    }

    @Test("signs in who was made under the new key")
    func signIn() async throws {
        let (stale, other) = try await nodes()
        try await other.rotateDataKey()
        let person = try await other.signedIn()
        #expect(try await stale.signIn(person.login).tokens != nil)
    }

    @Test("lists who it makes under the new key")
    func listing() async throws {
        let (stale, other) = try await nodes()
        let key = try await other.rotateDataKey()
        let person = try await stale.person()
        let keys = try await stale.database.value("SELECT string_agg(key_id::text, ' ') FROM gatehouse.login_entries")
        #expect(keys?.uppercased() == key.rawValue.uuidString)
        #expect(try await other.user(person.login) == person.id)
    }

    @Test("does not give a login away that is taken under the new key")
    func taken() async throws {
        let (stale, other) = try await nodes()
        let people = try await stale.people
        try await other.rotateDataKey()
        let person = try await other.person()
        let again = NewUser(login: person.login.asLogin())
        #expect(try await people.create(again, by: .hostOperator(.test())).refusal == .loginTaken)
    }

    @Test("opens what the new key sealed, and takes nobody's value for an altered one")
    func opening() async throws {
        let (stale, other) = try await nodes()
        let cells = try await stale.cells
        try await other.rotateDataKey()
        let cell = Cell(.displayName, row: [1])
        let sealed = try await other.cells.seal([7], at: cell)
        #expect(try await cells.open(sealed, at: cell) == [7])
        #expect(try await stale.events(.sealedValueRefused).isEmpty)
    }

    @Test("knows a repeated request again that another node answered under the new key")
    func repeated() async throws {
        let (stale, other) = try await nodes()
        try await other.rotateDataKey()
        guard case .fresh(let request) = try await other.claim([1]) else { throw Refusal.notFound }
        guard case .stillRunning = try await stale.claim([1]) else { throw Refusal.notFound }
        try await other.services.idempotency(of: other.tenant).finish(request, status: 201, body: [7])
        guard case .answered(201, [7]) = try await stale.claim([1]) else { throw Refusal.notFound }
        guard case .usedForAnotherRequest = try await stale.claim([2]) else { throw Refusal.notFound }
    }

    @Test("asks no other connection for the keys while it holds locks that somebody there may wait for")
    func locks() async throws {
        let (stale, other) = try await nodes()
        let person = try await stale.signedIn()
        let (session, caller) = (try await stale.session(of: person.tokens), try await stale.caller(person))
        let strict = stale.opened(as: stale.tenant.strict)
        let (people, invitations) = (try await strict.people, try await strict.invitations)
        let account = try await strict.services.ownAccount(in: strict.tenant)
        try await other.rotateDataKey()

        let host = Caller.hostOperator(.test())
        let (login, name) = ("changed-\(person.login)".asLogin(), try #require(DisplayName("changed")))
        _ = try await people.create(NewUser(login: "new-\(person.login)".asLogin()), by: host).get()
        _ = try await people.update(person.id, to: UserChanges(displayName: name), by: host).get()
        _ = try await people.update(person.id, to: UserChanges(login: login), by: host).get()
        _ = try await account.rename(to: name, try #require(session), by: caller).get()
        let invited = "guest-\(person.login)".asLogin()
        _ = try await invitations.create(login: invited, displayName: nil, roles: [], by: host).get()
        let taken = try await invitations.create(login: login, displayName: nil, roles: [], by: host)
        #expect(taken.refusal == .loginTaken)
    }

    @Test("continues a session that another node continued under the new key")
    func refresh() async throws {
        let (stale, other) = try await nodes()
        let person = try await stale.signedIn()
        try await other.rotateDataKey()
        let first = try #require(try await other.refresh(person))
        // The same request again, at the other node, as when the first answer got lost.
        let again = try #require(try await stale.refresh(person))
        #expect(again.refreshToken.text == first.refreshToken.text)
        #expect(try await stale.refresh(first.refreshToken, from: person.origin) != nil)
    }

    @Test("keeps to the new key from its next look on, five minutes later at most")
    func nextLook() async throws {
        let (stale, other) = try await nodes()
        let key = try await other.rotateDataKey()
        #expect(try await stale.keyring().active != key)
        stale.clock.advance(by: .seconds(KeyHierarchy.refreshInterval))
        #expect(try await stale.keyring().active == key)
    }

    /// Two nodes that both know the tenant's first key.
    private func nodes() async throws -> (TestTenant, TestTenant) {
        let tenant = try await TestTenant.make()
        let other = try await tenant.served(by: try await tenant.anotherNode())
        for node in [tenant, other] { _ = try await node.keyring() }
        return (tenant, other)
    }
}

extension TestTenant {
    fileprivate func claim(_ request: [UInt8]) async throws -> Idempotency.Claim {
        try await services.idempotency(of: tenant).claim(
            key: "key", credential: "anybody", route: "POST /users", request: request)
    }
}
