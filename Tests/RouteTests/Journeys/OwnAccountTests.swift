import HTTPTypes
import Testing

@Suite("One's own account") struct OwnAccountTests {
    private static let newPassword = "four quiet harbours"

    @Test("changing the password ends every other session and keeps this one")
    func changePassword() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let other = try await house.logIn(person.login)
        let changed = try await person.changePassword(from: Person.password, to: Self.newPassword)
        #expect(changed.status == 204)
        #expect(try await person.isSignedIn)
        let elsewhere = try await house.send(.get, house.acme.people("/me"), bearer: other.text(of: "access_token"))
        #expect(elsewhere.code == "unauthenticated")
        #expect(try await house.refresh(other.text(of: "refresh_token")).code == "invalid_refresh_token")
        #expect(try await house.logIn(person.login).code == "invalid_credentials")
        #expect(try await house.logIn(person.login, Self.newPassword).status == 200)
    }

    @Test("changing the password needs the present one, and guessing it is limited like a sign-in")
    func wrongPassword() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        for _ in 1...5 {
            #expect(
                try await person.changePassword(from: "a wrong password", to: Self.newPassword).code
                    == "invalid_credentials")
        }
        let limited = try await person.changePassword(from: Person.password, to: Self.newPassword)
        #expect(limited.code == "rate_limited")
        #expect(limited.headers[.retryAfter] != nil)
        #expect(try await house.logIn(person.login).code == "rate_limited")
    }

    @Test("a weak new password is refused with every reason at its own field")
    func weakPassword() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let refused = try await person.changePassword(from: Person.password, to: "short")
        #expect(refused.code == "password_refused")
        #expect(refused.faults == ["/new_password": "too_short"])
        let reused = try await person.changePassword(from: Person.password, to: Person.password)
        #expect(reused.faults == ["/new_password": "reused"])
        #expect(try await house.logIn(person.login).status == 200)
    }

    @Test("people change their own name, and a change without fields changes nothing")
    func rename() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let renamed = try await person.own(.patch, "/me", ["display_name": "  Zoë  "])
        #expect(renamed.json["display_name"] == "Zoë")
        let unchanged = try await person.own(.patch, "/me", [:])
        #expect(unchanged.appearance == renamed.appearance)
        #expect(
            try await person.own(.patch, "/me", ["display_name": "a\nb"]).faults == ["/display_name": "invalid_format"])
    }
}

extension Person {
    func changePassword(from current: String, to new: String) async throws -> Answer {
        try await own(.post, "/me/password", ["current_password": "\(current)", "new_password": "\(new)"])
    }
}
