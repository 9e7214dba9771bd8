import Foundation
import Testing

@testable import PluginTesting

/// Tokens, their policies and their ends.
@Suite("Vault double: tokens and policies")
struct VaultTokenTests {
    @Test("a token is good for as many uses as it was given, and no more")
    func uses() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            let holder = try await probe.holder(["policies": ["root"], "ttl": "1h", "num_uses": 2])
            #expect(try await holder.send("GET", "auth/token/lookup-self").json["data"]?["num_uses"] == 1)
            #expect(try await holder.send("GET", "secret/config").status == 200)
            #expect(try await holder.send("GET", "secret/config").errors == ["permission denied"])
        }
    }

    @Test("a token ends with its time, which renewing moves up to the explicit maximum")
    func lifetime() async throws {
        let clock = FixedClock()
        var configuration = VaultDouble.Configuration()
        configuration.now = clock.reading
        try await withDouble(configuration) { double in
            let body: JSONValue = ["policies": ["p"], "ttl": "10m", "explicit_max_ttl": "15m"]
            let holder = try await VaultProbe(double).holder(body)
            clock.advance(by: .seconds(540))
            let renewed = try await holder.send("POST", "auth/token/renew-self", [:])
            #expect(renewed.json["auth"]?["lease_duration"] == 360)
            #expect(renewed.json["warnings"]?.array?.count == 1)
            clock.advance(by: .seconds(359))
            #expect(try await holder.send("GET", "auth/token/lookup-self").status == 200)
            clock.advance(by: .seconds(1))
            #expect(try await holder.send("GET", "auth/token/lookup-self").status == 403)
        }
    }

    @Test("a revoked token takes its children with it, orphans stay")
    func revocation() async throws {
        try await withDouble { double in
            let parent = try await VaultProbe(double).holder(["policies": ["root"], "ttl": "1h"])
            let child = try await parent.holder(["policies": ["p"]])
            let orphan = try await parent.holder(["policies": ["p"]], at: "auth/token/create-orphan")
            #expect(try await parent.send("POST", "auth/token/revoke-self").status == 204)
            #expect(try await child.send("GET", "auth/token/lookup-self").status == 403)
            #expect(try await orphan.send("GET", "auth/token/lookup-self").status == 200)
        }
    }

    @Test("a token cannot give away what it does not have")
    func subset() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.write(policy: "maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
            let maker = try await probe.holder(["policies": ["maker"]])
            let refused = try await maker.send("POST", "auth/token/create", ["policies": ["root"]])
            #expect(refused.errors == ["child policies must be subset of parent"])
            #expect(try await maker.send("POST", "auth/token/create", ["policies": ["maker"]]).status == 200)
        }
    }

    @Test("what is forbidden is forbidden whether or not it is there, and told apart from what is absent")
    func forbiddenBeforeAbsent() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/b/there", ["data": ["k": "v"]])
            try await probe.write(policy: "p", "path \"secret/data/a/*\" { capabilities = [\"read\"] }")
            let holder = try await probe.holder(["policies": ["p"]])
            #expect(try await holder.send("GET", "secret/data/b/there").status == 403)
            #expect(try await holder.send("GET", "secret/data/b/missing").status == 403)
            #expect(try await holder.send("GET", "secret/data/a/missing").status == 404)
            #expect(try await holder.send("POST", "secret/data/a/x", ["data": [:]]).status == 403)
        }
    }

    @Test("making and changing are two capabilities")
    func createAndUpdate() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.write(policy: "maker", "path \"secret/data/*\" { capabilities = [\"create\"] }")
            let maker = try await probe.holder(["policies": ["maker"]])
            #expect(try await maker.send("POST", "secret/data/a", ["data": ["k": 1]]).status == 200)
            #expect(try await maker.send("POST", "secret/data/a", ["data": ["k": 2]]).status == 403)
        }
    }

    static let rules: [([(String, [String])], String, [String])] = [
        ([("a/*", ["read"]), ("a/b", ["list"])], "a/b", ["list"]),
        ([("a/*", ["read"]), ("a/b/*", ["list"])], "a/b/c", ["list"]),
        ([("a/+/c", ["read"]), ("a/b/*", ["list"])], "a/b/c", ["list"]),
        ([("a/+/c", ["read"]), ("a/*", ["list"])], "a/b/c", ["read"]),
        ([("+/+/c", ["read"]), ("+/b/c", ["list"])], "a/b/c", ["list"]),
        ([("a/*", ["read"]), ("a/*", ["update"])], "a/b", ["read", "update"]),
        ([("a/*", ["read"]), ("a/*", ["deny"])], "a/b", ["deny"]),
        ([("a/+", ["read"])], "a/b/c", ["deny"]),
        ([("a/b*", ["read"])], "a/bc/d", ["read"]),
        ([("a/b", ["read"])], "a/b/", ["deny"]),
    ]

    @Test("of several rules the closest counts, and equal ones add up", arguments: rules)
    func precedence(rules: [(String, [String])], path: String, expected: [String]) throws {
        var policies = PolicySet()
        for (number, (pattern, capabilities)) in rules.enumerated() {
            let rule = JSONValue.object(["path": .object([pattern: ["capabilities": .strings(capabilities)]])])
            try policies.set("p\(number)", to: PolicyDocument(String(decoding: rule.bytes, as: UTF8.self)))
        }
        #expect(policies.capabilities(of: rules.indices.map { "p\($0)" }, at: path) == expected)
    }

    @Test("a policy is read with its comments and other settings, and refused where it is broken")
    func parsing() throws {
        let text = """
            # the secrets of one tenant
            path "a/*" { // all of them
                allowed_parameters = { "k" = ["capabilities"] }
                capabilities = ["read", "list"]
            }
            path "b" { capabilities = [] }
            """
        let rules = try PolicyDocument(text).rules
        #expect(rules.map(\.pattern.text) == ["a/*", "b"])
        #expect(rules.map(\.capabilities) == [["read", "list"], []])
        #expect(throws: VaultRefusal.self) { try PolicyDocument("path \"a\" { capabilities = [\"fly\"] }") }
        #expect(throws: VaultRefusal.self) { try PolicyDocument("path \"a\" { capabilities = [\"read\"]") }
    }

    @Test("a batch token can be used and neither renewed nor revoked")
    func batch() async throws {
        try await withDouble { double in
            let holder = try await VaultProbe(double).holder(["policies": ["p"], "type": "batch", "ttl": "5m"])
            #expect(try await holder.send("GET", "auth/token/lookup-self").json["data"]?["type"] == "batch")
            #expect(try await holder.send("POST", "auth/token/revoke-self").status == 400)
        }
    }
}

extension VaultProbe {
    /// A client that holds a token made as wished.
    func holder(_ wishes: JSONValue, at path: String = "auth/token/create") async throws -> VaultProbe {
        with(token: try await send("POST", path, wishes).json["auth"]?["client_token"]?.string ?? "")
    }

    func write(policy name: String, _ text: String) async throws {
        try await send("PUT", "sys/policies/acl/\(name)", ["policy": .string(text)])
    }
}
