import DatabaseTesting
import HTTPTypes
import Testing

@Suite("Joining a tenant") struct InvitationJourneyTests {
    @Test("an invited person chooses a password, is signed in, and is who the invitation said")
    func accept() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let invitation = try await owner.admin(
            .post, "/invitations", ["login": "Bob@acme.example", "display_name": "Bob", "roles": ["manager"]])
        #expect(invitation.status == 201)
        let accepted = try await house.accept(try invitation.text(of: "token"))
        #expect(accepted.status == 200)
        #expect(accepted.json["status"] == "complete")
        let me = try await house.send(
            .get, house.acme.people("/me"), bearer: try accepted.text(of: "access_token"))
        #expect(
            me.json.without(["id", "created_at"]) == [
                "login": "Bob@acme.example", "display_name": "Bob", "roles": ["manager"], "factors": [],
                "second_factor": ["required": false, "enrolled": false],
            ])
        #expect(try await house.logIn("bob@ACME.example").json["status"] == "complete")
    }

    @Test("an invitation is good once, and not at all after it was withdrawn, replaced or has expired")
    func once() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let used = try await owner.invite("used@acme.example")
        #expect(try await house.accept(try used.text(of: "token")).status == 200)
        let withdrawn = try await owner.invite("withdrawn@acme.example")
        #expect(try await owner.admin(.delete, "/invitations/\(try withdrawn.text(of: "id"))").status == 204)
        let replaced = try await owner.invite("replaced@acme.example")
        #expect(try await owner.invite("replaced@acme.example").status == 201)
        let expired = try await owner.invite("expired@acme.example")
        house.wait(.seconds(8 * 86_400))
        for invitation in [used, withdrawn, replaced, expired] {
            let answer = try await house.accept(try invitation.text(of: "token"))
            #expect(answer.code == "invitation_invalid")
        }
    }

    @Test("another tenant's invitation is as good as none")
    func otherTenant() async throws {
        let house = try await House.open()
        let token = try await house.owner().invite("bob@acme.example").text(of: "token")
        let elsewhere = try await house.accept(token, at: house.rival)
        let made = try await house.accept("ghi_" + String(repeating: "A", count: 43), at: house.rival)
        #expect(elsewhere.code == "invitation_invalid")
        #expect(elsewhere.appearance == made.appearance)
        #expect(try await house.accept(token).status == 200)
    }

    @Test("a weak password is refused with its reasons, and leaves the invitation as it was")
    func weakPassword() async throws {
        let house = try await House.open()
        let token = try await house.owner().invite("bob@acme.example").text(of: "token")
        let refused = try await house.accept(token, password: "short")
        #expect(refused.code == "password_refused")
        #expect(refused.faults == ["/password": "too_short"])
        #expect(try await house.accept(token).status == 200)
    }

    @Test("an invitation fades with its inviter's right to make it")
    func inviterLosesRight() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let manager = try await house.person(at: house.acme, "manager")
        let token = try await manager.invite("bob@acme.example").text(of: "token")
        #expect(try await owner.admin(.put, "/users/\(manager.id)/roles", ["roles": ["member"]]).status == 200)
        #expect(try await house.accept(token).code == "invitation_invalid")
    }
}

extension Person {
    func invite(_ login: String, roles: JSON = ["member"]) async throws -> Answer {
        try await admin(.post, "/invitations", ["login": "\(login)", "roles": roles])
    }
}

extension House {
    func accept(
        _ token: String, password: String = Person.password, at tenant: TestTenant? = nil
    ) async throws -> Answer {
        let body: JSON = ["token": "\(token)", "password": "\(password)"]
        return try await send(.post, (tenant ?? acme).people("/invitations/accept"), body: body)
    }
}
