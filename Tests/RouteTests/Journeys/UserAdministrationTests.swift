import HTTPTypes
import Testing

@Suite("Administering people") struct UserAdministrationTests {
    @Test("a person is made, read, changed, suspended, resumed and deleted, and each answer says how he stands")
    func lifeCycle() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let made = try await owner.admin(.post, "/users", ["login": "Bob@Example.com", "roles": ["viewer", "member"]])
        #expect(made.status == 201)
        #expect(made.json["roles"] == ["member", "viewer"])
        let path = "/users/\(try made.text(of: "id"))"
        #expect(try await owner.admin(.get, path).json == made.json)
        house.wait(.seconds(1))
        let changed = try await owner.admin(.patch, path, ["login": "robert@example.com", "display_name": "Robert"])
        #expect(changed.json["login"] == "robert@example.com")
        #expect(changed.json["updated_at"] != made.json["updated_at"])
        #expect(try await owner.admin(.get, path).json == changed.json)
        #expect(try await owner.admin(.post, path + "/suspend").json["state"] == "suspended")
        #expect(try await owner.admin(.post, path + "/resume").json["state"] == "active")
        #expect(try await owner.admin(.delete, path).status == 204)
        #expect(try await owner.admin(.get, path).code == "not_found")
        #expect(try await owner.admin(.delete, path).code == "not_found")
    }

    @Test("a login belongs to one person, however it is spelt, until he is deleted")
    func loginTaken() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let first = try await owner.admin(.post, "/users", ["login": "bob@example.com"])
        #expect(try await owner.admin(.post, "/users", ["login": " BOB@example.com"]).code == "login_taken")
        #expect(try await owner.admin(.post, "/invitations", ["login": "ｂob@example.com"]).code == "login_taken")
        let other = try await owner.admin(.post, "/users", ["login": "other@example.com"])
        let renamed = try await owner.admin(
            .patch, "/users/\(try other.text(of: "id"))", ["login": "Bob@example.com"])
        #expect(renamed.code == "login_taken")
        #expect(try await owner.admin(.delete, "/users/\(try first.text(of: "id"))").status == 204)
        let again = try await owner.admin(.post, "/users", ["login": "bob@example.com"])
        #expect(try again.text(of: "id") != first.text(of: "id"))
    }

    @Test(
        "suspending, deleting and revoking end a person's sessions at once", arguments: ["suspend", "delete", "revoke"])
    func sessionsEnd(how: String) async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let person = try await house.person(at: house.acme, "member")
        let path = "/users/\(person.id)"
        switch how {
        case "suspend": #expect(try await owner.admin(.post, path + "/suspend").status == 200)
        case "delete": #expect(try await owner.admin(.delete, path).status == 204)
        default: #expect(try await owner.admin(.post, path + "/sessions/revoke").json == ["sessions_ended": 1])
        }
        #expect(try await !person.isSignedIn)
        #expect(try await house.refresh(person.refreshToken).code == "invalid_refresh_token")
    }

    @Test("taking a role away counts from the next request on")
    func demotion() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let manager = try await house.person(at: house.acme, "manager")
        #expect(try await manager.admin(.get, "/users").status == 200)
        #expect(try await owner.admin(.put, "/users/\(manager.id)/roles", ["roles": []]).json["roles"] == [])
        #expect(try await manager.admin(.get, "/users").code == "forbidden")
    }

    @Test("a weak first password makes nobody")
    func weakPassword() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let refused = try await owner.admin(.post, "/users", ["login": "bob@example.com", "password": "password1234"])
        #expect(refused.code == "password_refused")
        #expect(refused.faults["/password"] != nil)
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 1)
    }
}
