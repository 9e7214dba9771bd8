import DatabaseTesting
import HTTPTypes
import Kernel
import Testing

@Suite("Staying signed in") struct SessionJourneyTests {
    private static let thief: HTTPFields = [.userAgent: "another client"]

    @Test("a refresh gives new tokens of the same session, and the new access token works")
    func refresh() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme, "member")
        let refreshed = try await house.refresh(person.refreshToken)
        #expect(refreshed.json["session_id"].text == person.sessionID)
        #expect(refreshed.json["refresh_token"].text != person.refreshToken)
        let access = try refreshed.text(of: "access_token")
        #expect(try await house.send(.get, house.acme.people("/me"), bearer: access).json["id"].text == person.id)
    }

    @Test("the client that did not get its answer may repeat a refresh for 30 seconds")
    func repetition() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let first = try await house.refresh(person.refreshToken)
        house.wait(.seconds(30))
        let second = try await house.refresh(person.refreshToken)
        #expect(try second.text(of: "refresh_token") == first.text(of: "refresh_token"))
    }

    @Test("a spent refresh token from another client ends the session: no token of it works any more")
    func replay() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let successor = try await house.refresh(person.refreshToken).text(of: "refresh_token")
        #expect(try await house.refresh(person.refreshToken, headers: Self.thief).code == "invalid_refresh_token")
        #expect(try await house.refresh(successor).code == "invalid_refresh_token")
        #expect(try await !person.isSignedIn)
        #expect(try await house.acme.events(.refreshTokenReplayed).count == 1)
    }

    @Test("a refresh token is unknown, spent or over, and the client is told no difference")
    func refusals() async throws {
        let house = try await House.open()
        let spent = try await house.person(at: house.acme)
        _ = try await house.refresh(spent.refreshToken)
        let over = try await house.person(at: house.acme)
        _ = try await over.own(.post, "/logout")
        let tokens = [
            "garbage", "ghr_" + String(repeating: "A", count: 43), over.refreshToken, over.accessToken,
            spent.refreshToken,
        ]
        var appearances: Set<Answer.Appearance> = []
        for token in tokens { appearances.insert(try await house.refresh(token, headers: Self.thief).appearance) }
        #expect(appearances.count == 1)
        #expect(appearances.first?.status == 401)
    }

    @Test("signing out ends the session, with an access token or a refresh token, and once is enough")
    func signOut() async throws {
        let house = try await House.open()
        let byAccess = try await house.person(at: house.acme)
        #expect(try await byAccess.own(.post, "/logout").status == 204)
        #expect(try await byAccess.own(.post, "/logout").code == "unauthenticated")
        let byRefresh = try await house.person(at: house.acme)
        for _ in 1...2 {
            let body: JSON = ["refresh_token": "\(byRefresh.refreshToken)"]
            #expect(try await house.send(.post, house.acme.people("/logout"), body: body).status == 204)
        }
        #expect(try await !byRefresh.isSignedIn)
        #expect(try await house.refresh(byRefresh.refreshToken).code == "invalid_refresh_token")
    }

    @Test("people see their own sessions and end them one by one")
    func ownSessions() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        house.wait(.seconds(1))
        let phone = try await house.logIn(person.login, headers: [.userAgent: "phone"])
        let sessions = try await person.own(.get, "/me/sessions").json["data"].list
        #expect(sessions.map { $0["current"] } == [false, true])
        #expect(sessions[0]["user_agent"] == "phone")
        #expect(try await person.own(.delete, "/me/sessions/\(try phone.text(of: "session_id"))").status == 204)
        #expect(try await person.own(.delete, "/me/sessions/\(try phone.text(of: "session_id"))").code == "not_found")
        #expect(try await person.own(.get, "/me/sessions").json["data"].list.count == 1)
    }

    @Test("an access token is good for its fifteen minutes and not a second more than clocks may differ")
    func expiry() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        house.wait(.seconds(15 * 60 - 1))
        #expect(try await person.isSignedIn)
        house.wait(.seconds(7))
        #expect(try await !person.isSignedIn)
    }
}

extension House {
    func refresh(_ token: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, acme.people("/refresh"), body: ["refresh_token": "\(token)"], headers: headers)
    }
}
