import HTTPTypes
import Testing

@Suite("Request bodies") struct StrictBodyTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test(
        "everything wrong with a body is named, each with its pointer",
        arguments: [
            (#"{"login": "a@b.example", "admin": true}"#, ["/admin": "unknown_field"]),
            (#"{"login": "a@b.example", "login": "c@d.example"}"#, ["/login": "duplicate_field"]),
            (#"{"login": "a@b.example", "log\u0069n": "c@d.example"}"#, ["/login": "duplicate_field"]),
            (#"{"login": "a\u0000@b.example"}"#, ["/login": "nul_character"]),
            (#"{"login": "a\ud800@b.example"}"#, ["/login": "lone_surrogate"]),
            (#"{"login": 7, "roles": "viewer"}"#, ["/login": "wrong_type", "/roles": "wrong_type"]),
            (#"{"login": null, "display_name": null}"#, ["/login": "wrong_type", "/display_name": "wrong_type"]),
            (
                #"{"login": "", "roles": [1, ""]}"#,
                ["/login": "too_short", "/roles/0": "wrong_type", "/roles/1": "too_short"]
            ),
            (#"{"login": "a b@c.example"}"#, ["/login": "invalid_format"]),
            (#"{"login": "a@b.example", "display_name": "\u0007"}"#, ["/display_name": "invalid_format"]),
            (#"{"roles": []}"#, ["/login": "missing"]),
            (#"[]"#, ["": "wrong_type"]),
        ])
    func faults(body: String, faults: [String: String]) async throws {
        let answer = try await create(body)
        #expect(answer.code == "invalid_body")
        for (pointer, code) in faults {
            #expect(answer.faults[pointer] == code, "\(pointer) of \(body): \(answer.faults)")
        }
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 1)
    }

    @Test(
        "what is not one JSON document of a sane depth is refused as such",
        arguments: ["", "{", "{}{}", "{'a': 1}", "\u{FEFF}{}"])
    func notJSON(body: String) async throws {
        #expect(try await create(body).code == "invalid_json")
    }

    @Test("deep nesting and large bodies are refused before they cost anything")
    func size() async throws {
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        #expect(try await create(#"{"login": \#(deep)}"#).code == "invalid_json")
        let large = #"{"login": "\#(String(repeating: "x", count: 65 * 1024))"}"#
        #expect(try await create(large).code == "payload_too_large")
    }

    @Test("only JSON is read, and only as it came")
    func mediaType() async throws {
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
            #expect(
                try await create(#"{"login": "a@b.example"}"#, [.contentType: type]).code == "unsupported_media_type")
        }
        let coded: HTTPFields = [.contentType: "application/json", .contentEncoding: "gzip"]
        #expect(try await create("{}", coded).code == "unsupported_media_type")
    }

    @Test("no field is read that the route does not name, though a table has a column of that name")
    func massAssignment() async throws {
        let key = try await house.machine().id
        let targets: [(HTTPRequest.Method, String, Set<String>)] = [
            (.patch, house.acme.people("/me"), ["display_name"]),
            (.patch, house.acme.administration("/users/\(owner.id)"), ["display_name", "login"]),
            (.post, house.acme.administration("/users"), ["display_name", "login", "roles", "password"]),
            (.post, house.acme.administration("/invitations"), ["display_name", "login", "roles"]),
            (.post, house.acme.administration("/sign-up-requests/sgn_x/approve"), ["roles"]),
            (.post, house.acme.administration("/api-keys"), Self.keyFields.union(["expires_in_seconds"])),
            (.patch, house.acme.administration("/api-keys/\(key)"), Self.keyFields),
            (.post, house.acme.administration("/api-keys/\(key)/rotate"), ["overlap_seconds"]),
            (.post, house.acme.administration("/api-key-rotations"), ["overlap_seconds", "filter"]),
            (.post, "/v1/api-keys/report-leak", ["key"]),
        ]
        let names = try await house.columns() + ["roles", "password_hash", "is_admin", "$where", "__proto__"]
        let before = try await house.rows(of: house.acme)
        for (method, path, known) in targets {
            for name in names where !known.contains(name) {
                let bearer = path.hasPrefix("/v1/api-keys") ? nil : owner.accessToken
                let answer = try await house.send(method, path, bearer: bearer, body: .object([name: "x"]))
                #expect(answer.faults["/\(name)"] == "unknown_field", "\(method) \(path): \(name)")
            }
        }
        #expect(names.count > 30)
        #expect(try await house.rows(of: house.acme) == before)
    }

    private static let keyFields: Set = ["name", "scopes", "allowed_networks", "rate_limit", "metadata"]

    @Test("a route that takes no body takes an empty object and nothing else")
    func noBody() async throws {
        let path = "/users/\(owner.id)/sessions/revoke"
        #expect(try await owner.admin(.post, path, ["all": true]).faults == ["/all": "unknown_field"])
        #expect(try await owner.admin(.post, path, [:]).status == 200)
    }

    private func create(_ body: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await house.send(
            .post, house.acme.administration("/users"), bearer: owner.accessToken, text: body, headers: headers)
    }
}
