import DatabaseTesting
import HTTPTypes
import PluginTesting
import Testing

@Suite("Signing in") struct SignInTests {
    @Test("every cause of a refusal gets the same status, headers and body")
    func oneRefusal() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let suspended = try await house.person(at: house.acme)
        #expect(try await owner.admin(.post, "/users/\(suspended.id)/suspend").status == 200)
        let deleted = try await house.person(at: house.acme)
        #expect(try await owner.admin(.delete, "/users/\(deleted.id)").status == 204)
        #expect(try await owner.admin(.post, "/users", ["login": "no-password@example.com"]).status == 201)
        let rival = try await house.person(at: house.rival)
        let attempts = [
            (owner.login, "a wrong password"), ("nobody@example.com", Person.password),
            (suspended.login, Person.password),
            (deleted.login, Person.password), ("no-password@example.com", Person.password),
            (rival.login, Person.password),
            ("not a login", Person.password), (String(repeating: "x", count: 1024), Person.password),
        ]
        var appearances: Set<Answer.Appearance> = []
        for (login, password) in attempts { appearances.insert(try await house.logIn(login, password).appearance) }
        #expect(appearances.count == 1)
        #expect(appearances.first?.status == 401)
        #expect(appearances.first?.body.contains("invalid_credentials") == true)
    }

    @Test("after five wrong passwords the next try has to wait as long as it is told, and the right one waits with it")
    func limited() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        for _ in 1...5 { #expect(try await house.logIn(person.login, "a wrong password").status == 401) }
        let limited = try await house.logIn(" \(person.login.uppercased())")
        #expect(limited.code == "rate_limited")
        let seconds = try #require(limited.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...60).contains(seconds))
        #expect(try await house.logIn("somebody-else@example.com", "wrong").status == 401)
        house.wait(.seconds(seconds))
        #expect(try await house.logIn(person.login).status == 200)
    }

    @Test("a right password costs none of the tries")
    func refund() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        for _ in 1...7 { #expect(try await house.logIn(person.login).status == 200) }
    }

    @Test("a password that somebody else has set must be changed before any token is given")
    func mustChange() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let made = try await owner.admin(
            .post, "/users", ["login": "new@example.com", "password": "first amber tractor"])
        #expect(made.status == 201)
        let answer = try await house.logIn("new@example.com", "first amber tractor")
        #expect(answer.json["status"] == "password_change_required")
        #expect(answer.json["access_token"] == .null)
        let transaction = try answer.text(of: "transaction")
        let weak = try await house.finish(transaction, "short")
        #expect(weak.faults == ["/new_password": "too_short"])
        #expect(try await house.finish(transaction, Person.password, at: house.rival).code == "invalid_transaction")
        let done = try await house.finish(transaction, Person.password)
        #expect(done.json["status"] == "complete")
        #expect(try await house.finish(transaction, "second amber tractor").code == "invalid_transaction")
        #expect(try await house.logIn("new@example.com").json["status"] == "complete")
        #expect(try await house.logIn("new@example.com", "first amber tractor").status == 401)
    }

    @Test("where no hash can be computed, signing in is answered 503 and whoever is signed in goes on")
    func overloaded() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        house.acme.hashing.isFull = true
        let refused = try await house.logIn(person.login)
        #expect(refused.code == "overloaded")
        #expect(refused.headers[.retryAfter] != nil)
        #expect(try await house.logIn("nobody@example.com").appearance == refused.appearance)
        #expect(try await person.isSignedIn)
        #expect(try await house.refresh(person.refreshToken).status == 200)
    }

    @Test("a sign-in that waits for a new password ends after ten minutes")
    func transactionExpires() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        _ = try await owner.admin(.post, "/users", ["login": "new@example.com", "password": "first amber tractor"])
        let transaction = try await house.logIn("new@example.com", "first amber tractor").text(of: "transaction")
        house.wait(.seconds(601))
        #expect(try await house.finish(transaction, Person.password).code == "invalid_transaction")
    }
}

extension House {
    /// Completes a sign-in that waits for a new password.
    func finish(_ transaction: String, _ password: String, at tenant: TestTenant? = nil) async throws -> Answer {
        let body: JSON = ["transaction": "\(transaction)", "new_password": "\(password)"]
        return try await send(.post, (tenant ?? acme).people("/login/password"), body: body)
    }
}
