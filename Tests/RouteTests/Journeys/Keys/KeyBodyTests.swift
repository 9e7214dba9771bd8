import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Bodies about keys") struct KeyBodyTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test(
        "a field that is wrong is named, and nothing is made",
        arguments: [
            (#""scopes": []"#, "/scopes", "wrong_count"),
            (#""scopes": ["*"]"#, "/scopes/0", "invalid_format"),
            (#""scopes": ["users.*"]"#, "/scopes/0", "invalid_format"),
            (#""scopes": null"#, "/scopes", "wrong_type"),
            (#""scopes": "users.read""#, "/scopes", "wrong_type"),
            (#""scopes": ["users.read", "users.fly"]"#, "/scopes/1", "invalid_format"),
            (#""scopes": ["users.read", "audit.read", "users.read"]"#, "/scopes", "duplicate_item"),
            (#""scopes": ["USERS.READ"]"#, "/scopes/0", "invalid_format"),
            (#""scopes": [["users.read"]]"#, "/scopes/0", "wrong_type"),
            (#""name": """#, "/name", "too_short"),
            (#""name": "a\u0007b""#, "/name", "invalid_format"),
            (#""name": null"#, "/name", "wrong_type"),
            (#""allowed_networks": ["10.0.0.1/8"]"#, "/allowed_networks/0", "invalid_format"),
            (#""allowed_networks": ["10.0.0.0/33"]"#, "/allowed_networks/0", "invalid_format"),
            (#""allowed_networks": ["10.0.0.0/8", "example.com"]"#, "/allowed_networks/1", "invalid_format"),
            (#""allowed_networks": ["010.0.0.1"]"#, "/allowed_networks/0", "invalid_format"),
            (#""allowed_networks": ["fe80::1%eth0"]"#, "/allowed_networks/0", "invalid_format"),
            (#""allowed_networks": ["*"]"#, "/allowed_networks/0", "invalid_format"),
            (#""allowed_networks": [""]"#, "/allowed_networks/0", "too_short"),
            (#""allowed_networks": null"#, "/allowed_networks", "wrong_type"),
            (#""allowed_networks": "10.0.0.0/8""#, "/allowed_networks", "wrong_type"),
            (#""rate_limit": 0"#, "/rate_limit", "out_of_range"),
            (#""rate_limit": 1000001"#, "/rate_limit", "out_of_range"),
            (#""rate_limit": 1.5"#, "/rate_limit", "wrong_type"),
            (#""rate_limit": "60""#, "/rate_limit", "wrong_type"),
            (#""metadata": {"": "x"}"#, "/metadata/", "invalid_format"),
            (#""metadata": {"a": 1}"#, "/metadata/a", "wrong_type"),
            (#""metadata": {"a": null}"#, "/metadata/a", "wrong_type"),
            (#""metadata": {"a": "x", "a": "y"}"#, "/metadata/a", "duplicate_field"),
            (#""metadata": {"a": "x\u0000"}"#, "/metadata/a", "nul_character"),
            (#""metadata": []"#, "/metadata", "wrong_type"),
            (#""metadata": null"#, "/metadata", "wrong_type"),
            (#""id": "key_00000000000000000000000000""#, "/id", "unknown_field"),
            (#""owner_id": "usr_00000000000000000000000000""#, "/owner_id", "unknown_field"),
            (#""user_id": "usr_00000000000000000000000000""#, "/user_id", "unknown_field"),
            (#""tenant_id": "ten_00000000000000000000000000""#, "/tenant_id", "unknown_field"),
            (#""permissions": ["tenant.own"]"#, "/permissions", "unknown_field"),
            (#""roles": ["owner"]"#, "/roles", "unknown_field"),
            (#""key": "acme_live_x_y""#, "/key", "unknown_field"),
            (#""prefix": "acme""#, "/prefix", "unknown_field"),
            (#""resource": "invoice""#, "/resource", "unknown_field"),
        ])
    func wrong(field: String, pointer: String, code: String) async throws {
        let machine = try await house.machine()
        let before = try await owner.admin(.get, "/api-keys").json
        let others = [#""name": "x""#, #""scopes": ["users.read"]"#].filter { !field.hasPrefix($0.prefix(7)) }
        let body = "{\(([field] + others).joined(separator: ", "))}"
        for (method, path): (HTTPRequest.Method, String) in [(.post, ""), (.patch, "/\(machine.id)")] {
            let answer = try await house.send(
                method, house.acme.administration("/api-keys\(path)"), bearer: owner.accessToken, text: body)
            #expect(answer.code == "invalid_body", "\(method) \(body)")
            #expect(answer.faults[pointer] == code, "\(method) \(body): \(answer.faults)")
        }
        #expect(try await owner.admin(.get, "/api-keys").json == before)
    }

    @Test("name and scopes must be there, and a lifetime is set once and for all")
    func required() async throws {
        #expect(try await owner.admin(.post, "/api-keys", [:]).faults == ["/name": "missing", "/scopes": "missing"])
        let machine = try await house.machine()
        let answer = try await owner.admin(.patch, "/api-keys/\(machine.id)", ["expires_in_seconds": 3600])
        #expect(answer.faults == ["/expires_in_seconds": "unknown_field"])
    }

    @Test("a lifetime has a lower bound, and an upper one that the tenant sets")
    func lifetime() async throws {
        let most = 90 * 86_400
        for (seconds, isTaken) in [(59, false), (60, true), (most, true), (most + 1, false), (2_000_000_000, false)] {
            let answer = try await owner.admin(
                .post, "/api-keys", ["name": "x", "scopes": ["users.read"], "expires_in_seconds": .number(seconds)])
            #expect(answer.status == (isTaken ? 201 : 400), "\(seconds)")
            if !isTaken { #expect(answer.faults == ["/expires_in_seconds": "out_of_range"], "\(seconds)") }
        }
        let null = try await owner.admin(
            .post, "/api-keys", ["name": "x", "scopes": ["users.read"], "expires_in_seconds": .null])
        #expect(null.faults == ["/expires_in_seconds": "wrong_type"])
    }

    @Test("metadata is bounded in number and length")
    func metadata() async throws {
        func create(_ metadata: [String: JSON]) async throws -> Answer {
            try await owner.admin(
                .post, "/api-keys", ["name": "x", "scopes": ["users.read"], "metadata": .object(metadata)])
        }
        let many = Dictionary(uniqueKeysWithValues: (0..<21).map { ("n\($0)", JSON.text("x")) })
        #expect(try await create(many).faults == ["/metadata": "wrong_count"])
        #expect(try await create(many.filter { $0.key != "n0" }).status == 201)
        let long = String(repeating: "x", count: 501)
        #expect(try await create(["a": .text(long)]).faults == ["/metadata/a": "too_long"])
        #expect(try await create([String(long.prefix(65)): "x"]).faults.values.contains("invalid_format"))
        #expect(try await create([String(long.prefix(64)): .text(String(long.prefix(500)))]).status == 201)
    }

    @Test("bodies of rotations, ends and filters hold nothing else")
    func others() async throws {
        let machine = try await house.machine()
        let rotation = try await owner.admin(.post, "/api-key-rotations").text(of: "id")
        let cases: [(String, JSON, String, String)] = [
            ("/api-keys/\(machine.id)/rotate", ["overlap_seconds": -1], "/overlap_seconds", "out_of_range"),
            ("/api-keys/\(machine.id)/rotate", ["overlap_seconds": 2_592_001], "/overlap_seconds", "out_of_range"),
            ("/api-keys/\(machine.id)/rotate", ["overlap_seconds": .null], "/overlap_seconds", "wrong_type"),
            ("/api-keys/\(machine.id)/rotate", ["key": "x"], "/key", "unknown_field"),
            ("/api-keys/\(machine.id)/rotate/finish", ["force": true], "/force", "unknown_field"),
            ("/api-keys/\(machine.id)/rotate/cancel", ["force": true], "/force", "unknown_field"),
            ("/api-keys/\(machine.id)/revoke", ["reason": ""], "/reason", "too_short"),
            ("/api-keys/\(machine.id)/revoke", ["because": "x"], "/because", "unknown_field"),
            ("/api-key-rotations", ["filter": ["scope": "*"]], "/filter/scope", "invalid_format"),
            ("/api-key-rotations", ["filter": ["tenant_id": "x"]], "/filter/tenant_id", "unknown_field"),
            ("/api-key-rotations", ["filter": .null], "/filter", "wrong_type"),
            (
                "/api-key-rotations", ["filter": ["older_than_seconds": -1]], "/filter/older_than_seconds",
                "out_of_range"
            ),
            ("/api-key-rotations/\(rotation)/next", ["limit": 0], "/limit", "out_of_range"),
            ("/api-key-rotations/\(rotation)/next", ["limit": 101], "/limit", "out_of_range"),
            ("/api-key-rotations/\(rotation)/finish", ["all": true], "/all", "unknown_field"),
        ]
        let before = try await owner.admin(.get, "/api-keys").json
        for (path, body, pointer, code) in cases {
            #expect(try await owner.admin(.post, path, body).faults == [pointer: code], "\(path) \(body)")
        }
        #expect(try await owner.admin(.get, "/api-keys").json == before)
    }
}
