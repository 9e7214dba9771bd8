import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

/// What a rule of second factors means for those who are signed in already.
@Suite("A live session under the rule of second factors")
struct LiveSessionTests {
    @Test("that knows of a password alone opens no administration once its person's roles ask for more, without grace")
    func promoted() async throws {
        let house = try await House.open(requiredFor: ["admin"], grace: "0s")
        let person = try await house.person(at: house.acme, "manager")
        #expect(try await person.admin(.get, "/users").status == 200)
        try await promote(person)
        let refused = try await person.admin(.get, "/users")
        #expect((refused.status, refused.code) == (403, "step_up_required"))
        let event = try #require(try await house.acme.events(.accessRefused).first)
        #expect((event.actor, event.reason) == ("user:\(person.id)", "step_up_required"))
        #expect(event.subject == Permission.usersRead.rawValue)
        let asked = try await house.send(.get, "/v1/forward-auth?scope=users.read", bearer: person.accessToken)
        #expect(asked.code == "forbidden")
        let verify = try await house.send(
            .post, house.acme.administration("/api-keys/verify"), bearer: person.accessToken, body: ["key": "x"])
        #expect(verify.code == "step_up_required")
    }

    @Test("leaves its person his own account: he sets a factor up and goes on where he was, or signs out")
    func ownAccount() async throws {
        let house = try await House.open(requiredFor: ["admin"], grace: "0s")
        let (person, other) = (
            try await house.person(at: house.acme, "member"), try await house.person(at: house.rival, "member")
        )
        for somebody in [person, other] {
            try await promote(somebody)
            #expect(try await somebody.own(.get, "/me").status == 200)
            #expect(try await somebody.admin(.get, "/users").code == "step_up_required")
        }
        let begun = try await person.own(.post, "/me/factors/totp")
        let app = try AuthenticatorApp(scanning: SecretText(try begun.text(of: "otpauth_uri")))
        let confirmed = try await person.own(
            .post, "/me/factors/\(try begun.text(of: "factor_id"))/confirm",
            ["code": "\(app.code(at: house.acme.clock.now))"])
        #expect(confirmed.status == 200)
        #expect(try await person.admin(.get, "/users").status == 200)
        #expect(try await other.admin(.get, "/users").code == "step_up_required")
        let renewed = try await other.own(.post, "/me/step-up", ["password": "\(Person.password)"])
        #expect(renewed.json["status"] == "enrollment_required")
        let again = try await house.person(at: house.rival, "member")
        try await promote(again)
        #expect(try await again.own(.delete, "/me/sessions/\(again.sessionID)").status == 204)
    }

    @Test("opens what it opened while the grace lasts, and no longer")
    func grace() async throws {
        let house = try await House.open(requiredFor: ["admin"], grace: "10m")
        let person = try await house.person(at: house.acme, "viewer")
        try await promote(person)
        house.wait(.seconds(599))
        #expect(try await person.admin(.get, "/users").status == 200)
        house.wait(.seconds(1))
        #expect(try await person.admin(.get, "/users").code == "step_up_required")
    }

    @Test("is asked as soon as the rule is turned on, in this tenant alone; who may not anyway is told that")
    func turnedOn() async throws {
        let house = try await House.open()
        let (admin, manager) = (
            try await house.person(at: house.acme, "admin"), try await house.person(at: house.acme, "manager")
        )
        let other = try await house.person(at: house.rival, "admin")
        let rule = "policy: {second_factor: {required_for: [admin, manager], grace: 0s}}"
        house.registry.pin([try await house.acme.reopened(rule).tenant, house.rival.tenant])
        #expect(try await admin.admin(.get, "/users").code == "step_up_required")
        #expect(try await manager.admin(.get, "/users").code == "step_up_required")
        #expect(try await manager.admin(.delete, "/users/\(admin.id)").code == "forbidden")
        #expect(try await other.admin(.get, "/users").status == 200)
    }

    private func promote(_ person: Person) async throws {
        let people = try await person.house.kernel.people(of: person.tenant.tenant)
        let id = try #require(UserID(person.id))
        _ = try await people.setRoles(["admin"], of: id, by: .hostOperator(.test())).get()
    }
}
