import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("A tenant's configuration") struct ConfigTests {
    private let house: House
    private let tenant: Tenant

    init() async throws {
        house = try await House.open()
        tenant = try await house.node.makeTenant(
            "sign_in: {password: {minimum_length: 12}, totp: {}}\npolicy: {second_factor: {required_for: []}}")
    }

    @Test("is read with its revision, numbers and booleans as such and texts as texts")
    func read() async throws {
        let answer = try await ask(.get, "")
        #expect(answer.status == 200)
        #expect(answer.headers[.eTag] == "\"1\"")
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.json["revision"] == 1 && answer.json["managed_by"] == "api" && answer.json["author"] == "host")
        #expect(
            answer.json["document"] == [
                "tenant": "\(tenant.slug)", "name": "A test",
                "sign_in": ["password": ["minimum_length": 12], "totp": [:]],
                "policy": ["second_factor": ["required_for": []]],
            ])
    }

    @Test("of a file is revision 0, read by its own people and by operators, and changed by nobody here")
    func file() async throws {
        let owner = try await house.owner()
        let read = try await owner.admin(.get, "/config")
        #expect(read.headers[.eTag] == "\"0\"")
        #expect(read.json["managed_by"] == "file")
        #expect(read.json["document"]["cors"]["origins"] == [.text(House.listedOrigin)])
        #expect(try await house.send(.get, path(house.acme.slug), bearer: house.operatorKey).json == read.json)
        let body: JSON = ["document": read.json["document"]]
        let write = try await house.send(
            .put, path(house.acme.slug), bearer: house.operatorKey, body: body, headers: [.ifMatch: "\"0\""])
        #expect(write.code == "managed_by_file")
        let back = try await house.send(
            .post, path(house.acme.slug) + "/rollback", bearer: house.operatorKey, body: ["revision": 1],
            headers: [.ifMatch: "\"0\""])
        #expect(back.code == "managed_by_file")
        let plan = try await house.send(
            .post, path(house.acme.slug) + "/plan", bearer: house.operatorKey,
            body: ["document": ["sign_in": ["password": [:], "totp": [:], "recovery_codes": [:]]]])
        #expect(plan.status == 200)
        #expect(plan.json["warnings"].list.map { $0["code"] }.contains("origin_removed"))
    }

    @Test("is written by operators who read its latest revision, and by nobody else")
    func write() async throws {
        let document = try await ask(.get, "").json["document"].with("audience", "one")
        #expect(try await write(document, ifMatch: nil).code == "precondition_required")
        for stale in ["\"2\"", "\"0\"", "1", "*", "W/\"1\""] {
            #expect(try await write(document, ifMatch: stale).code == "precondition_failed", "\(stale)")
        }
        let written = try await write(document, ifMatch: "\"1\"")
        #expect(written.status == 200)
        #expect(written.headers[.eTag] == "\"2\"")
        #expect(written.json["document"] == document)
        #expect(written.json["author"].text?.hasPrefix("operator:opr_") == true)
        #expect(try await ask(.get, "").json == written.json)
        #expect(try await write(document, ifMatch: "\"1\"").code == "precondition_failed")
        let owner = try await house.owner()
        let ownPath = path(house.acme.slug)
        #expect(
            try await house.send(.put, ownPath, bearer: owner.accessToken, body: ["document": [:]]).code
                == "unauthenticated")
    }

    @Test("that says what is in force makes no revision; without a name it keeps its own")
    func unchanged() async throws {
        let document = try await ask(.get, "").json["document"].without(["tenant", "name"])
        let written = try await write(document, ifMatch: "\"1\"")
        #expect(written.status == 200)
        #expect(written.headers[.eTag] == "\"1\"")
        #expect(try await ask(.get, "/revisions").json["data"].list.count == 1)
    }

    @Test("with problems is refused with all of them, each with its place, message and remedy")
    func refused() async throws {
        let document: JSON = [
            "tenant": "other", "sign_in": ["password": ["minimum_length": 6, "history": "5"], "totp": [:]],
            "no.such": 1, "policy": ["no~such/key": true],
        ]
        for path in ["", "/plan"] {
            let method: HTTPRequest.Method = path.isEmpty ? .put : .post
            let answer = try await ask(method, path, body: ["document": document], ifMatch: "\"1\"")
            #expect(answer.code == "config_refused")
            #expect(answer.faults["/document/tenant"] == "invalid_setting", "\(answer.text)")
        }
        let sound = document.without(["tenant"])
        let answer = try await write(sound, ifMatch: "\"1\"")
        #expect(
            Set(answer.faults.keys) == [
                "/document/sign_in/password/minimum_length", "/document/sign_in/password/history", "/document/no.such",
                "/document/policy/no~0such~1key",
            ])
        let messages = answer.json["errors"].list.map { ($0["message"].text ?? "") + "; " + ($0["fix"].text ?? "") }
        #expect(messages.contains("must be at least 8, is 6; write 8 or more"), "\(messages)")
        #expect(try await ask(.get, "").headers[.eTag] == "\"1\"")
    }

    @Test(
        "in a body that is no such object is refused as any other body is",
        arguments: [
            ("{}", "/document"), (#"{"document": []}"#, "/document"), (#"{"document": null}"#, "/document"),
            (#"{"document": {}, "name": "x"}"#, "/name"),
            (#"{"document": {"name": "x", "name": "y"}}"#, "/document/name"),
            (#"{"document": {"name": "x\u0000"}}"#, "/document/name"),
        ])
    func bodies(text: String, pointer: String) async throws {
        let answer = try await house.send(
            .put, path(tenant.slug.text), bearer: house.operatorKey, text: text, headers: [.ifMatch: "\"1\""])
        #expect(answer.code == "invalid_body")
        #expect(answer.faults.keys.contains(pointer), "\(answer.text)")
    }

    @Test("by which the tenant does not open leaves the old one in force, and says why")
    func notOpening() async throws {
        let people = try await house.kernel.people(of: tenant)
        let owner = NewUser(login: "boss@example.com".asLogin(), roles: ["owner"])
        _ = try await people.create(owner, by: .hostOperator(.test())).get()
        let document = try await ask(.get, "").json["document"].with(
            "policy", ["second_factor": ["required_for": ["owner"], "grace": "0s"]])
        let answer = try await write(document, ifMatch: "\"1\"")
        #expect(answer.code == "config_refused")
        #expect(answer.json["detail"].text?.contains("no owner has a second factor") == true)
        #expect(try await ask(.get, "").headers[.eTag] == "\"1\"")
        let plan = try await ask(.post, "/plan", body: ["document": document])
        #expect(plan.json["warnings"].list.map { $0["code"] } == ["every_owner_locked_out"])
        #expect(plan.json["affected"].list.map { $0["count"] } == [1, 1, 1])
    }

    @Test("is planned with what would change, and stays as it is")
    func plan() async throws {
        let document = try await ask(.get, "").json["document"].with("audience", "one")
        let plan = try await ask(.post, "/plan", body: ["document": document])
        #expect(plan.status == 200)
        #expect(plan.json["changes"] == [["path": "audience", "kind": "added", "to": "one"]])
        #expect(plan.json["affected"] == [])
        #expect(plan.json["warnings"].list.map { $0["code"] } == ["audience_changed"])
        #expect(try await ask(.get, "").headers[.eTag] == "\"1\"")
    }

    @Test("of concurrent writes one wins, and the others are told that it changed")
    func concurrent() async throws {
        let document = try await ask(.get, "").json["document"]
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for number in 0..<4 {
                group.addTask { try await write(document.with("audience", "a\(number)"), ifMatch: "\"1\"") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status).sorted() == [200, 412, 412, 412])
    }

    @Test("goes back to an earlier revision as a new one, once for each Idempotency-Key")
    func rollback() async throws {
        let first = try await ask(.get, "").json["document"]
        #expect(try await write(first.with("audience", "one"), ifMatch: "\"1\"").status == 200)
        #expect(try await ask(.post, "/rollback", body: ["revision": 1]).code == "precondition_required")
        #expect(
            try await ask(.post, "/rollback", body: ["revision": 1], ifMatch: "\"1\"").code == "precondition_failed")
        #expect(try await ask(.post, "/rollback", body: ["revision": 9], ifMatch: "\"2\"").code == "not_found")
        let back = try await rollBack(to: 1, key: "k1")
        #expect(back.status == 200)
        #expect(back.json["revision"] == 3 && back.json["document"] == first)
        #expect(try await rollBack(to: 1, key: "k1").text == back.text)
        #expect(try await rollBack(to: 2, key: "k1").code == "idempotency_key_reused")
        #expect(try await rollBack(to: 1, key: "k2").code == "precondition_failed")
        #expect(try await ask(.get, "/revisions/3").json == back.json)
    }

    @Test("has a history that is read page by page, newest first")
    func revisions() async throws {
        for number in 1...4 {
            let document = try await ask(.get, "").json["document"].with("audience", "a\(number)")
            #expect(try await write(document, ifMatch: "\"\(number)\"").status == 200)
        }
        let page = try await ask(.get, "/revisions?limit=3")
        #expect(page.json["data"].list.map { $0["revision"] } == [5, 4, 3])
        let cursor = try page.text(of: "next_cursor")
        let rest = try await ask(.get, "/revisions?limit=3&cursor=\(cursor)")
        #expect(rest.json["data"].list.map { $0["revision"] } == [2, 1])
        #expect(rest.json["next_cursor"] == .null)
        let elsewhere = "\(path(house.acme.slug))/revisions?cursor=\(cursor)"
        #expect(try await house.send(.get, elsewhere, bearer: house.operatorKey).code == "cursor_invalid")
        #expect(try await ask(.get, "/revisions/2").json["document"]["audience"] == "a1")
        for number in ["6", "0", "-1", "x", "99999999999999999999"] {
            #expect(try await ask(.get, "/revisions/\(number)").code == "not_found", "\(number)")
        }
    }

    @Test("is read and changed by operators while the tenant is suspended, and by nobody of it")
    func suspended() async throws {
        let records = house.node.records
        _ = try await records.set(.suspended, of: tenant.id, by: .host(requestID: "test"))
        house.node.registry.forget(tenant.id, slug: tenant.slug)
        let read = try await ask(.get, "")
        #expect(read.status == 200)
        #expect(try await write(read.json["document"].with("audience", "one"), ifMatch: "\"1\"").status == 200)
        #expect(try await house.send(.get, path(tenant.slug.text)).code == "tenant_suspended")
    }

    @Test("of a tenant that is not there is not found")
    func unknown() async throws {
        for (method, below) in [(HTTPRequest.Method.get, ""), (.get, "/revisions"), (.put, ""), (.post, "/plan")] {
            let answer = try await house.send(
                method, path("nobody-here") + below, bearer: house.operatorKey,
                body: method == .get ? nil : ["document": [:]], headers: [.ifMatch: "\"1\""])
            #expect(answer.code == "tenant_not_found", "\(method) \(below)")
        }
    }

    private func path(_ slug: String) -> String { "/v1/tenants/\(slug)/config" }

    private func ask(
        _ method: HTTPRequest.Method, _ below: String, body: JSON? = nil, ifMatch: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        headers[.ifMatch] = ifMatch
        return try await house.send(
            method, path(tenant.slug.text) + below, bearer: house.operatorKey, body: body, headers: headers)
    }

    private func write(_ document: JSON, ifMatch: String?) async throws -> Answer {
        try await ask(.put, "", body: ["document": document], ifMatch: ifMatch)
    }

    private func rollBack(to revision: Int, key: String) async throws -> Answer {
        try await house.send(
            .post, path(tenant.slug.text) + "/rollback", bearer: house.operatorKey,
            body: ["revision": .number(revision)], headers: [.ifMatch: "\"2\"", .idempotencyKey: key])
    }
}

extension JSON {
    /// This object with another member.
    fileprivate func with(_ name: String, _ value: JSON) -> JSON {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return .object(members)
    }
}
