import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("Idempotency-Key") struct IdempotencyTests {
    @Test(
        "the same request twice is done once and answered with the same bytes", arguments: ["/users", "/invitations"])
    func repetition(path: String) async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let first = try await owner.repeatable(path, "bob@example.com", key: "k1")
        let second = try await owner.repeatable(path, "bob@example.com", key: "k1")
        #expect(first.status == 201)
        #expect(first.appearance == second.appearance)
        let found = try await owner.admin(.get, path).json["data"].list.filter { $0["login"] == "bob@example.com" }
        #expect(found.count == 1)
        #expect(try await owner.repeatable(path, "bob@example.com", key: "k2").json["id"] != first.json["id"])
    }

    @Test("a factor, recovery codes and a ticket are made once for a key, and shown again to whoever made them")
    func factors() async throws {
        let house = try await House.open()
        let (owner, member) = (try await house.owner(), try await house.person(at: house.acme, "member"))
        let headers: HTTPFields = [.idempotencyKey: "k1"]
        for path in ["/factors/reset", "/enrollment-ticket"] {
            let first = try await owner.admin(.post, "/users/\(member.id)\(path)", headers: headers)
            let second = try await owner.admin(.post, "/users/\(member.id)\(path)", headers: headers)
            #expect(first.status == 201, "\(path)")
            #expect(first.appearance == second.appearance, "\(path)")
        }
        let begun = try await owner.own(.post, "/me/factors/totp", headers: headers)
        #expect(try await owner.own(.post, "/me/factors/totp", headers: headers).appearance == begun.appearance)
        let app = try AuthenticatorApp(scanning: SecretText(try begun.text(of: "otpauth_uri")))
        let confirm = "/me/factors/\(try begun.text(of: "factor_id"))/confirm"
        let code = app.code(at: house.acme.clock.now)
        #expect(try await owner.own(.post, confirm, ["code": "\(code)"]).status == 200)
        let codes = try await owner.own(.post, "/me/recovery-codes", headers: headers)
        #expect(codes.status == 201)
        #expect(try await owner.own(.post, "/me/recovery-codes", headers: headers).appearance == codes.appearance)
    }

    @Test("the key with another body is refused, and does nothing")
    func otherBody() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        _ = try await owner.repeatable("/users", "bob@example.com", key: "k1")
        #expect(try await owner.repeatable("/users", "carol@example.com", key: "k1").code == "idempotency_key_reused")
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 2)
    }

    @Test("keys of different people and different routes never meet")
    func scopes() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let admin = try await house.person(at: house.acme, "admin")
        let answers = [
            try await owner.repeatable("/users", "a@example.com", key: "k1"),
            try await admin.repeatable("/users", "b@example.com", key: "k1"),
            try await owner.repeatable("/invitations", "c@example.com", key: "k1"),
        ]
        #expect(answers.map(\.status) == [201, 201, 201])
    }

    @Test("a request that was refused may be tried again with its key")
    func refusalIsNotKept() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let bob = try await owner.admin(.post, "/users", ["login": "bob@example.com"])
        #expect(try await owner.repeatable("/users", "bob@example.com", key: "k1").code == "login_taken")
        #expect(try await owner.admin(.delete, "/users/\(try bob.text(of: "id"))").status == 204)
        #expect(try await owner.repeatable("/users", "bob@example.com", key: "k1").status == 201)
    }

    @Test("while the first request runs, the second is told to come back")
    func stillRunning() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let body: JSON = ["login": "bob@example.com"]
        let claim = try await house.acme.services.idempotency(of: house.acme.tenant).claim(
            key: "k1", credential: owner.id, route: "POST \(house.acme.administration("/users"))",
            request: Array(try body.written.utf8))
        guard case .fresh = claim else {
            Issue.record("the key was not new")
            return
        }
        let answer = try await owner.repeatable("/users", "bob@example.com", key: "k1")
        #expect(answer.code == "idempotency_in_progress")
        #expect(answer.headers[.retryAfter] == "1")
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 1)
    }

    @Test("an answer is kept for a day")
    func lifetime() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let first = try await owner.repeatable("/invitations", "bob@example.com", key: "k1")
        house.wait(.seconds(24 * 3600 - 1))
        let later = try await house.logIn(owner.login).text(of: "access_token")
        let repeated = try await house.send(
            .post, house.acme.administration("/invitations"), bearer: later, body: ["login": "bob@example.com"],
            headers: [.idempotencyKey: "k1"])
        #expect(repeated.appearance == first.appearance)
        house.wait(.seconds(2))
        let fresh = try await house.send(
            .post, house.acme.administration("/invitations"), bearer: later, body: ["login": "bob@example.com"],
            headers: [.idempotencyKey: "k1"])
        #expect(fresh.status == 201)
        #expect(fresh.json["id"] != first.json["id"])
    }

    @Test("whoever lost the permission meanwhile does not get the answer again")
    func permissionLost() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let manager = try await house.person(at: house.acme, "manager")
        _ = try await manager.repeatable("/invitations", "bob@example.com", key: "k1")
        _ = try await owner.admin(.put, "/users/\(manager.id)/roles", ["roles": []])
        #expect(try await manager.repeatable("/invitations", "bob@example.com", key: "k1").code == "forbidden")
    }

    @Test("keys that are empty, too long, with spaces or sent twice are refused")
    func unusable() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for key in ["", "a b", "é", String(repeating: "k", count: 256)] {
            #expect(try await owner.repeatable("/users", "bob@example.com", key: key).code == "bad_request", "\(key)")
        }
        var twice: HTTPFields = [.idempotencyKey: "k1"]
        twice.append(HTTPField(name: .idempotencyKey, value: "k2"))
        #expect(
            try await owner.admin(.post, "/users", ["login": "bob@example.com"], headers: twice).code == "bad_request")
    }

    @Test("no token of an invitation is kept where a reader of the database could find it")
    func sealed() async throws {
        let house = try await House.open()
        let token = try await house.owner().repeatable("/invitations", "bob@example.com", key: "k1").text(of: "token")
        let rows = try await house.rows(of: house.acme).joined()
        #expect(rows.contains("idempotency"))
        for form in [token, String(token.dropFirst(4))] { #expect(!rows.contains(form)) }
    }
}

extension Person {
    func repeatable(_ path: String, _ login: String, key: String) async throws -> Answer {
        try await admin(.post, path, ["login": "\(login)"], headers: [.idempotencyKey: key])
    }
}
