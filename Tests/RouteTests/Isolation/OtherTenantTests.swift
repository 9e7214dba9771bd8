import HTTPTypes
import Kernel
import PluginKit
import Testing
import WebAPI

/// What an owner of one tenant learns of another by asking every route for it: nothing.
@Suite("On another tenant") struct OtherTenantTests {
    private let house: House
    private let owner: Person
    private let rival: RivalThings

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
        rival = try await RivalThings(of: house)
    }

    @Test("its ids are answered, byte for byte, like ids that never existed, and its rows stay as they were")
    func ids() async throws {
        let before = try await house.rows(of: house.rival)
        for route in house.routes where route.isOfTenant && !route.parameters.isEmpty {
            let things = try #require(rival.things(for: route), "say what \(route.title) is asked for")
            let theirs = try await ask(route, for: things.theirs)
            let nobodys = try await ask(route, for: things.nobodys)
            #expect(theirs.appearance == nobodys.appearance, "\(route.title)")
            #expect(theirs.status == things.status, "\(route.title): \(theirs.status)")
        }
        #expect(before.count > 10)
        #expect(try await house.rows(of: house.rival) == before)
    }

    @Test("its own owner is answered for what nobody else finds")
    func control() async throws {
        for route in house.routes where route.isOfTenant && route.method == .get && !route.parameters.isEmpty {
            let things = try #require(rival.things(for: route))
            let path = route.path(tenant: house.rival.slug, filling: things.theirs)
            #expect(try await house.send(.get, path, bearer: rival.owner.accessToken).status == 200, "\(route.title)")
        }
    }

    @Test("no list and no answer shows anything of it")
    func lists() async throws {
        for route in house.routes where route.isOfTenant && route.method == .get && route.parameters.isEmpty {
            let answer = try await ask(route, for: "")
            #expect(answer.status == 200, "\(route.title)")
            for name in rival.names { #expect(!answer.text.contains(name), "\(route.title)") }
        }
    }

    @Test("its logins are free here: the same person may live in both")
    func sameLogin() async throws {
        let made = try await owner.admin(.post, "/users", ["login": "\(rival.owner.login)"])
        #expect(made.status == 201)
        #expect(try await house.logIn(rival.owner.login, at: house.rival).status == 200)
    }

    @Test("its sign-in transactions, refresh tokens and cursors are worth nothing here")
    func tokens() async throws {
        let refresh = try await house.send(
            .post, house.acme.people("/refresh"), body: ["refresh_token": "\(rival.owner.refreshToken)"])
        #expect(refresh.code == "invalid_refresh_token")
        let signOut = try await house.send(
            .post, house.acme.people("/logout"), body: ["refresh_token": "\(rival.owner.refreshToken)"])
        #expect(signOut.status == 204)
        #expect(try await rival.owner.isSignedIn)
        let cursor = try await rival.owner.admin(.get, "/audit-events?limit=1").text(of: "next_cursor")
        #expect(try await owner.admin(.get, "/audit-events?limit=1&cursor=\(cursor)").code == "cursor_invalid")
    }

    @Test("the same Idempotency-Key does a deed of its own in each tenant")
    func idempotency() async throws {
        let headers: HTTPFields = [.idempotencyKey: "one-key"]
        let here = try await owner.admin(.post, "/users", ["login": "new@example.com"], headers: headers)
        let there = try await rival.owner.admin(.post, "/users", ["login": "new@example.com"], headers: headers)
        #expect(here.status == 201 && there.status == 201)
        #expect(try here.text(of: "id") != there.text(of: "id"))
    }

    private func ask(_ route: Route, for word: String) async throws -> Answer {
        let path = route.path(tenant: house.acme.slug, filling: word)
        return try await house.send(
            route.method, path, bearer: owner.accessToken, body: SampleBodies.body(of: route),
            headers: route.method == .put ? [.ifMatch: "\"1\""] : [:])
    }
}
