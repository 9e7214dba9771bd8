import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("Tenants over HTTP") struct PlatformTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("a tenant is made in one call, and works: its owner comes in, its key is good")
    func makes() async throws {
        let slug = "t\(unique())"
        let made = try await put(slug, body)
        #expect(made.status == 201)
        #expect(made.json["tenant"]["managed_by"] == "api")
        #expect(made.json["issuer"].text == "https://auth.example.com/t/\(slug)")
        #expect(
            made.json["checks"].list.map { $0["name"].text } == [
                "isolation", "secrets", "issuer", "sign_in", "first_owner",
            ])
        #expect(made.json["checks"].list.map { $0["state"].text } == ["passed", "passed", "passed", "passed", "todo"])
        let token = try #require(made.json["invitation"]["token"].text)
        let accepted = try await house.send(
            .post, "/t/\(slug)/invitations/accept", body: ["token": "\(token)", "password": "seven amber kettles hum"])
        #expect(accepted.json["status"] == "enrollment_required")
        let key = try #require(made.json["api_key"]["key"].text)
        let used = try await house.send(.get, "/v1/tenants/\(slug)/users", bearer: key)
        #expect(used.json["data"].list.count == 1)
        let named = try await house.send(.post, "/v1/api-keys/verify", body: ["key": "\(key)"])
        #expect(named.json["valid"] == true)
    }

    @Test("an operator who is revoked is refused at the next request, one who was rotated after the overlap")
    func operators() async throws {
        let operators = Operators(database: try await TestDatabase.shared.platform, now: house.acme.clock.reading)
        let name = try #require(OperatorName("op-\(unique())"))
        let first = try #require(try await operators.create(name, requestID: "r")).key.withExposed { $0 }
        let status = { (key: String) in
            try await house.send(.get, "/v1/tenants/\(house.acme.slug)/config", bearer: key).status
        }
        let list = { (key: String) in try await house.send(.get, "/v1/tenants", bearer: key).status }
        #expect(try await (status(first), list(first)) == (200, 200))
        let rotated = try #require(try await operators.rotate(name, overlapSeconds: 60, requestID: "r"))
        let second = rotated.key.withExposed { $0 }
        #expect(try await (list(first), list(second)) == (200, 200))
        house.wait(.seconds(60))
        #expect(try await (list(first), list(second)) == (401, 200))
        _ = try await operators.revoke(name, requestID: "r")
        #expect(try await (status(second), list(second)) == (401, 401))
    }

    @Test("its key and its people open no other tenant, and nobody else's open it")
    func otherTenant() async throws {
        let slug = "t\(unique())"
        let made = try await put(slug, body)
        let key = try #require(made.json["api_key"]["key"].text)
        #expect(try await house.send(.get, "/v1/tenants/\(house.acme.slug)/users", bearer: key).status == 401)
        let owner = try await house.owner()
        #expect(try await house.send(.get, "/v1/tenants/\(slug)/users", bearer: owner.accessToken).status == 401)
        let token = try #require(made.json["invitation"]["token"].text)
        let taken = try await house.send(
            .post, "/t/\(house.acme.slug)/invitations/accept",
            body: ["token": "\(token)", "password": "seven amber kettles hum"])
        #expect(taken.code == "invitation_invalid")
    }

    @Test("a repeat under the same key shows the same secrets, another body under it is refused, no key shows none")
    func repeats() async throws {
        let slug = "t\(unique())"
        let key: HTTPFields = [.idempotencyKey: "one"]
        let first = try await put(slug, body, headers: key)
        let second = try await put(slug, body, headers: key)
        #expect((first.status, second.status) == (201, 201))
        for name in ["invitation", "api_key", "tenant", "issuer"] {
            #expect(first.json[name] == second.json[name], "\(name)")
        }
        #expect(try await put(slug, ["name": "Other"], headers: key).code == "idempotency_key_reused")
        let third = try await put(slug, body)
        #expect(third.status == 200)
        #expect(third.json["invitation"]["id"] == first.json["invitation"]["id"])
        #expect(third.json["invitation"]["token"] == .null && third.json["api_key"]["key"] == .null)
    }

    @Test("each way of being refused says which, and makes nothing")
    func refusals() async throws {
        let slug = "t\(unique())"
        #expect(try await put(house.acme.slug, body).code == "managed_by_file")
        #expect(try await put("Not-A-Slug", body).code == "bad_request")
        #expect(try await put("\(house.acme.id)", body).code == "bad_request")
        let bad = try await put(slug, ["name": "A", "config": ["sign_in": ["password": ["minimum_length": 3]]]])
        #expect(bad.code == "config_refused")
        #expect(bad.faults["/config/sign_in/password/minimum_length"] == "invalid_setting")
        #expect(try await put(slug, ["name": "A", "config": "x"]).faults["/config"] == "wrong_type")
        let long: JSON = [
            "name": "A", "api_key": ["name": "k", "scopes": ["users.read"], "expires_in_seconds": 63_072_000],
        ]
        #expect(try await put(slug, long).faults["/api_key/expires_in_seconds"] == "out_of_range")
        #expect(try await read(slug).code == "tenant_not_found")
        #expect(try await put(slug, body, headers: [.ifNoneMatch: "*"]).status == 201)
        #expect(try await put(slug, body, headers: [.ifNoneMatch: "*"]).code == "precondition_failed")
        #expect(try await put(slug, body, headers: [.ifNoneMatch: "\"1\""]).code == "bad_request")
    }

    @Test("a suspended tenant refuses everybody at once, and goes on as it was")
    func suspended() async throws {
        let slug = "t\(unique())"
        let made = try await put(slug, body)
        let key = try #require(made.json["api_key"]["key"].text)
        let use = { try await house.send(.get, "/v1/tenants/\(slug)/users", bearer: key) }
        #expect(try await use().status == 200)
        for _ in 0..<2 {
            let suspended = try await change(slug, "suspend")
            #expect((suspended.status, suspended.json["state"]) == (200, "suspended"))
        }
        #expect(try await use().code == "tenant_suspended")
        #expect(try await house.send(.post, "/v1/api-keys/verify", body: ["key": "\(key)"]).json["valid"] == false)
        #expect(try await change(slug, "resume").json["state"] == "active")
        #expect(try await use().status == 200)
        #expect(try await change("nobody-here", "suspend").code == "tenant_not_found")
    }

    @Test("a check that fails says what to do, and the tenant is made all the same")
    func failingCheck() async throws {
        house.node.probe.answer(issuer: "https://elsewhere.example.com")
        let made = try await put("t\(unique())", body)
        #expect(made.status == 201)
        let issuer = made.json["checks"].list.first { $0["name"] == "issuer" }
        #expect(issuer?["state"] == "failed")
        #expect(issuer?["fix"].text?.contains("--public-url") == true)
    }

    private let body: JSON = [
        "name": "A test", "admin": ["login": "ops@example.com"],
        "api_key": ["name": "ci", "scopes": ["users.read"]],
    ]

    private func put(_ slug: String, _ body: JSON, headers: HTTPFields = [:]) async throws -> Answer {
        try await house.send(.put, "/v1/tenants/\(slug)", bearer: house.operatorKey, body: body, headers: headers)
    }

    private func change(_ slug: String, _ word: String) async throws -> Answer {
        try await house.send(.post, "/v1/tenants/\(slug)/\(word)", bearer: house.operatorKey)
    }

    private func read(_ slug: String) async throws -> Answer {
        try await house.send(.get, "/v1/tenants/\(slug)", bearer: house.operatorKey)
    }
}
