import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("API keys over HTTP") struct KeyJourneyTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test("a key is shown once, opens what its scopes allow, and tells who uses it")
    func life() async throws {
        let made = try await owner.admin(
            .post, "/api-keys",
            ["name": "billing", "scopes": ["users.read", "audit.read"], "expires_in_seconds": 3600])
        #expect(made.status == 201)
        let (key, id) = (try made.text(of: "key"), try made.text(of: "id"))
        #expect(made.json["scopes"] == ["audit.read", "users.read"])
        #expect(made.json["owner_id"].text == owner.id)
        #expect(key.contains(try made.text(of: "prefix")))
        #expect(made.json["secrets"].list.map { $0["id"] } == [made.json["secret_id"]])
        #expect(made.json["expires_at"] == "2096-10-02T08:06:40.000Z")
        let machine = Machine(house: house, tenant: house.acme, id: id, key: key)
        #expect(try await machine.admin(.get, "/users").status == 200)
        #expect(try await machine.admin(.get, "/invitations").code == "forbidden")
        await house.kernel.keyUses.flush()
        let read = try await owner.admin(.get, "/api-keys/\(id)")
        #expect(read.json["secrets"].list[0]["use_count"] == 2)
        let callers = try await owner.admin(.get, "/api-keys/\(id)/callers").json["data"].list
        #expect(callers.map { $0["secret_id"] } == [made.json["secret_id"]])
        #expect(try await owner.admin(.get, "/api-keys").json["data"].list.map { $0["id"].text } == [id])
        let shown = try await [read, owner.admin(.get, "/api-keys"), owner.admin(.get, "/audit-events")]
        #expect(shown.allSatisfy { !$0.text.contains(key.suffix(20)) })
        #expect(try await house.rows(of: house.acme).allSatisfy { !$0.contains(key.suffix(20)) })
    }

    @Test("a change takes what it names, at once, and lifts the limit with null")
    func change() async throws {
        let made = try await owner.admin(
            .post, "/api-keys",
            ["name": "billing", "scopes": ["users.read"], "rate_limit": 60, "metadata": ["a": "1", "b": "2"]])
        let machine = Machine(
            house: house, tenant: house.acme, id: try made.text(of: "id"), key: try made.text(of: "key"))
        #expect(made.json["rate_limit"] == 60)
        let path = "/api-keys/\(machine.id)"
        let lifted = try await owner.admin(.patch, path, ["rate_limit": .null])
        #expect(lifted.status == 200)
        #expect(lifted.json["rate_limit"] == .null && lifted.json["metadata"] == ["a": "1", "b": "2"])
        let changed = try await owner.admin(
            .patch, path,
            [
                "name": "reports", "scopes": ["roles.read"], "rate_limit": 5, "metadata": ["c": "3"],
                "allowed_networks": ["192.0.2.0/24"],
            ])
        #expect(changed.json["name"] == "reports" && changed.json["rate_limit"] == 5)
        #expect(changed.json["metadata"] == ["c": "3"] && changed.json["allowed_networks"] == ["192.0.2.0/24"])
        #expect(try await machine.admin(.get, "/roles").code == "unauthenticated", "used from elsewhere")
        #expect(try await owner.admin(.patch, path, ["allowed_networks": []]).json["allowed_networks"] == [])
        #expect(try await machine.admin(.get, "/roles").status == 200)
        #expect(try await machine.admin(.get, "/users").code == "forbidden")
        let untouched = try await owner.admin(.patch, path, [:])
        #expect(untouched.json["name"] == "reports" && untouched.json["rate_limit"] == 5)
    }

    @Test("names of metadata stay as they were sent, in every answer")
    func metadata() async throws {
        let metadata: JSON = [
            "camelCase": "camelCase", "URLOfThing": "x", "snake_case": "x", "with blank": "", "Ünïcode-Ö/~": "é",
            "__proto__": "x", "🔑": "🔑", "a.b[0]": "x\ny", "id": "not the id", "key": "not the key",
        ]
        let made = try await owner.admin(
            .post, "/api-keys", ["name": "billing", "scopes": ["users.read"], "metadata": metadata])
        #expect(made.json["metadata"] == metadata)
        let id = try made.text(of: "id")
        #expect(try await owner.admin(.get, "/api-keys/\(id)").json["metadata"] == metadata)
        #expect(try await owner.admin(.get, "/api-keys").json["data"].list.map { $0["metadata"] } == [metadata])
        #expect(try await house.verify(try made.text(of: "key")).json["metadata"] == metadata)
        let changed = try await owner.admin(.patch, "/api-keys/\(id)", ["metadata": ["camelCase2": "x"]])
        #expect(changed.json["metadata"] == ["camelCase2": "x"])
    }

    @Test("a revoked key is dead at once and stays readable; a deleted one is gone")
    func end() async throws {
        let (first, second) = (try await house.machine(), try await house.machine())
        let revoked = try await owner.admin(.post, "/api-keys/\(first.id)/revoke", ["reason": "lost laptop"])
        #expect(revoked.json["state"] == "revoked" && revoked.json["revoke_reason"] == "lost laptop")
        #expect(try await !first.isGood)
        let again = try await owner.admin(.post, "/api-keys/\(first.id)/revoke", ["reason": "other"])
        #expect(again.json == revoked.json)
        #expect(try await owner.admin(.patch, "/api-keys/\(first.id)", ["name": "x"]).code == "conflict")
        #expect(try await owner.admin(.post, "/api-keys/\(first.id)/rotate").code == "conflict")
        #expect(try await owner.admin(.delete, "/api-keys/\(second.id)").status == 204)
        #expect(try await !second.isGood)
        for (method, path): (HTTPRequest.Method, String) in [
            (.get, ""), (.delete, ""), (.get, "/callers"), (.post, "/revoke"), (.post, "/rotate"),
        ] {
            #expect(try await owner.admin(method, "/api-keys/\(second.id)\(path)").code == "not_found", "\(path)")
        }
        #expect(try await owner.admin(.get, "/api-keys").json["data"].list.map { $0["id"].text } == [first.id])
    }

    @Test("the same request twice makes one key and shows it again, to a person and to a key alike")
    func repetition() async throws {
        let machine = try await house.machine([.keysCreate, .usersRead])
        let body: JSON = ["name": "repeated", "scopes": ["users.read"]]
        let headers: HTTPFields = [.idempotencyKey: "k1"]
        let first = try await owner.admin(.post, "/api-keys", body, headers: headers)
        let second = try await owner.admin(.post, "/api-keys", body, headers: headers)
        #expect(first.status == 201)
        #expect(first.appearance == second.appearance)
        let third = try await machine.admin(.post, "/api-keys", body, headers: headers)
        #expect(third.status == 201 && third.json["key"] != first.json["key"])
        #expect(try await machine.admin(.post, "/api-keys", body, headers: headers).appearance == third.appearance)
        let other: JSON = ["name": "other", "scopes": ["users.read"]]
        #expect(
            try await machine.admin(.post, "/api-keys", other, headers: headers).code == "idempotency_key_reused")
        let names = try await owner.admin(.get, "/api-keys").json["data"].list.map { $0["name"].text }
        #expect(names.compactMap(\.self).sorted() == ["billing", "repeated", "repeated"])
        #expect(try await house.rows(of: house.acme).allSatisfy { !$0.contains(try first.text(of: "key").suffix(20)) })
    }

    @Test("nobody makes, changes or rotates a key that allows more than he may do himself")
    func subset() async throws {
        let admin = try await house.person(at: house.acme, "admin")
        let machine = try await house.machine([.keysCreate, .keysUpdate, .keysRotate, .usersRead])
        let strong = try await house.machine([.tenantOwn])
        let body: JSON = ["name": "x", "scopes": ["tenant.own"]]
        #expect(try await admin.admin(.post, "/api-keys", body).code == "forbidden")
        #expect(
            try await machine.admin(.post, "/api-keys", ["name": "x", "scopes": ["audit.read"]]).code == "forbidden")
        for caller in [admin.accessToken, machine.key] {
            let path = house.acme.administration("/api-keys/\(strong.id)")
            #expect(try await house.send(.patch, path, bearer: caller, body: ["name": "x"]).code == "forbidden")
            #expect(try await house.send(.post, path + "/rotate", bearer: caller).code == "forbidden")
        }
        let own = house.acme.administration("/api-keys/\(machine.id)")
        #expect(
            try await house.send(.patch, own, bearer: machine.key, body: ["scopes": ["audit.read"]]).code == "forbidden"
        )
        #expect(try await house.send(.patch, own, bearer: machine.key, body: ["name": "own"]).status == 200)
        #expect(try await strong.isGood)
    }

    @Test("a key allows what its owner may do at this moment, and is dead while he is suspended")
    func owner() async throws {
        let admin = try await house.person(at: house.acme, "admin")
        let made = try await admin.admin(.post, "/api-keys", ["name": "x", "scopes": ["users.read", "product.read"]])
        let machine = Machine(
            house: house, tenant: house.acme, id: try made.text(of: "id"), key: try made.text(of: "key"))
        #expect(try await machine.admin(.get, "/users").status == 200)
        _ = try await owner.admin(.put, "/users/\(admin.id)/roles", ["roles": ["viewer"]])
        #expect(try await machine.admin(.get, "/users").code == "forbidden")
        #expect(try await house.verify(machine.key).json["scopes"] == ["product.read"])
        _ = try await owner.admin(.post, "/users/\(admin.id)/suspend")
        #expect(try await machine.admin(.get, "/users").code == "unauthenticated")
        _ = try await owner.admin(.post, "/users/\(admin.id)/resume")
        #expect(try await machine.isGood)
    }

    @Test("a key that comes to its limit is told when to come back")
    func limit() async throws {
        let machine = try await house.machine([.usersRead], rateLimit: 2)
        var answers: [Answer] = []
        for _ in 0..<4 { answers.append(try await machine.admin(.get, "/users")) }
        let limited = try #require(answers.last)
        #expect(answers.first?.status == 200)
        #expect((limited.status, limited.code) == (429, "rate_limited"))
        let seconds = try #require(limited.headers[.retryAfter].flatMap { Int($0) })
        house.wait(.seconds(seconds))
        #expect(try await machine.admin(.get, "/users").status == 200)
    }

    @Test("keys are listed by pages")
    func pages() async throws {
        for number in 0..<3 {
            _ = try await house.machine(name: "key \(number)")
            house.wait(.seconds(1))
        }
        let first = try await owner.admin(.get, "/api-keys?limit=2")
        #expect(first.json["data"].list.count == 2)
        let next = try await owner.admin(.get, "/api-keys?limit=2&cursor=\(try first.text(of: "next_cursor"))")
        #expect(next.json["data"].list.map { $0["name"] } == ["key 2"])
        #expect(next.json["next_cursor"] == .null)
    }
}
