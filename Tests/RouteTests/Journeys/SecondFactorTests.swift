import DatabaseTesting
import Foundation
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("Second factors over HTTP") struct SecondFactorTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("a person sets a factor up, signs in with it and with a recovery code, and removes it")
    func ownFactor() async throws {
        let person = try await house.person(at: house.acme, "member")
        let (app, codes) = try await addFactor(person)
        #expect(codes.count == 10)
        let me = try await person.own(.get, "/me")
        #expect(me.json["factors"] == ["totp"])
        let factors = try await person.own(.get, "/me/factors")
        #expect(factors.json["data"].list[1]["remaining"] == 10)
        house.wait(.seconds(60))
        let waiting = try await house.logIn(person.login)
        #expect(waiting.json["status"] == "second_factor_required")
        let transaction = try waiting.text(of: "transaction")
        #expect(try await prove(transaction, "totp", "000000").code == "invalid_code")
        let proved = try await prove(transaction, "totp", app.code(at: house.acme.clock.now))
        #expect(proved.json["status"] == "complete")
        let again = try await house.logIn(person.login).text(of: "transaction")
        #expect(try await prove(again, "recovery_code", codes[0]).json["status"] == "complete")
        let id = try #require(factors.json["data"].list[0]["id"].text)
        #expect(try await person.own(.delete, "/me/factors/\(id)").status == 204)
        #expect(try await house.logIn(person.login).json["status"] == "complete")
    }

    @Test("what touches factors needs a recent proof, with the factor; a step-up gives it")
    func stepUp() async throws {
        let person = try await house.person(at: house.acme, "member")
        let (app, _) = try await addFactor(person)
        house.wait(.seconds(601))
        let refused = try await person.own(.post, "/me/recovery-codes")
        #expect((refused.status, refused.code) == (403, "reauthentication_required"))
        let recorded = try await house.acme.events(.accessRefused).first
        #expect(recorded?.reason == "reauthentication_required")
        let code = app.code(at: house.acme.clock.now)
        let half = try await person.own(.post, "/me/step-up", ["password": "\(Person.password)"])
        #expect(half.code == "step_up_required")
        let renewed = try await person.own(
            .post, "/me/step-up", ["password": "\(Person.password)", "factor": "totp", "code": "\(code)"])
        #expect(renewed.json["status"] == "complete")
        #expect(try await person.own(.get, "/me").code == "unauthenticated")
        let codes = try await house.send(
            .post, house.acme.people("/me/recovery-codes"), bearer: try renewed.text(of: "access_token"))
        #expect(codes.status == 201)
    }

    @Test("an admin without a factor is let in during his grace, then sets one up with a ticket of an owner")
    func ticket() async throws {
        let house = try await House.open(requiredFor: ["admin"])
        let (owner, _) = try await enrolled(house, "owner")
        let (admin, _) = try await enrolled(house, "admin")
        let id = try await owner.admin(.post, "/users/\(admin.id)/factors/reset")
        #expect(id.status == 201)
        let waiting = try await house.logIn(admin.login)
        #expect(waiting.json["status"] == "enrollment_required")
        #expect(waiting.json["ticket_required"] == true)
        let transaction = try waiting.text(of: "transaction")
        let body: JSON = ["transaction": "\(transaction)", "factor": "totp"]
        let refused = try await house.send(.post, house.acme.people("/login/enroll"), body: body)
        #expect((refused.status, refused.code) == (403, "enrollment_ticket_required"))
        let ticket = try await owner.admin(.post, "/users/\(admin.id)/enrollment-ticket").text(of: "ticket")
        let begun = try await house.send(
            .post, house.acme.people("/login/enroll"),
            body: ["transaction": "\(transaction)", "factor": "totp", "ticket": "\(ticket)"])
        let app = try AuthenticatorApp(scanning: SecretText(try begun.text(of: "otpauth_uri")))
        let done = try await house.send(
            .post, house.acme.people("/login/enroll/confirm"),
            body: [
                "transaction": "\(transaction)", "factor_id": "\(try begun.text(of: "factor_id"))",
                "code": "\(app.code(at: house.acme.clock.now))",
            ])
        #expect(done.json["status"] == "complete")
        #expect(try await owner.admin(.post, "/users/\(admin.id)/enrollment-ticket").code == "conflict")
        #expect(try await owner.admin(.post, "/users/\(admin.id)/unlock").status == 204)
    }

    @Test("a preview tells whom a rule would ask and whether it would lock its caller out")
    func preview() async throws {
        let owner = try await house.owner()
        let answer = try await owner.admin(
            .post, "/policies/second-factor/preview", ["required_for": ["owner"], "grace_seconds": 0])
        #expect(answer.json["required"] == 1)
        #expect(answer.json["refusals"] == ["locks_out_caller", "locks_out_every_owner"])
        let viewer = try await house.person(at: house.acme, "viewer")
        let refused = try await viewer.admin(.post, "/policies/second-factor/preview", ["required_for": ["owner"]])
        #expect(refused.status == 403)
    }

    // MARK: Parts

    private func addFactor(_ person: Person) async throws -> (app: AuthenticatorApp, codes: [String]) {
        let begun = try await person.own(.post, "/me/factors/totp")
        #expect(begun.status == 201)
        let app = try AuthenticatorApp(scanning: SecretText(try begun.text(of: "otpauth_uri")))
        let confirmed = try await person.own(
            .post, "/me/factors/\(try begun.text(of: "factor_id"))/confirm",
            ["code": "\(app.code(at: house.acme.clock.now))"])
        #expect(confirmed.status == 200)
        return (app, confirmed.json["recovery_codes"].list.compactMap(\.text))
    }

    private func prove(_ transaction: String, _ factor: String, _ code: String) async throws -> Answer {
        try await house.send(
            .post, house.acme.people("/login/second-factor"),
            body: ["transaction": "\(transaction)", "factor": "\(factor)", "code": "\(code)"])
    }

    /// Somebody who took up an invitation and set up the factor that his role asks for.
    private func enrolled(_ house: House, _ role: String) async throws -> (Person, AuthenticatorApp) {
        let enrolled = try await house.acme.enrolled(roles: [role])
        let person = Person(
            house: house, tenant: house.acme, id: "\(enrolled.id)", login: enrolled.login,
            accessToken: enrolled.tokens.accessToken.withExposed { $0 },
            refreshToken: enrolled.tokens.refreshToken.withExposed { $0 }, sessionID: "\(enrolled.tokens.session)")
        return (person, enrolled.app)
    }
}
