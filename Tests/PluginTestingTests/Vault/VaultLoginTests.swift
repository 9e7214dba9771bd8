import Foundation
import Testing

@testable import PluginTesting

/// Logging in, and answers that are handed over wrapped.
@Suite("Vault double: logins and wrapping")
struct VaultLoginTests {
    @Test("a JWT logs in as the role it was accepted for, and as no other", arguments: ["kubernetes", "jwt"])
    func acceptedJWT(kind: String) async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.acceptJWT("good", mount: "pods", role: "app")
            try await probe.send("POST", "sys/auth/pods", ["type": .string(kind)])
            for role in ["app", "other"] {
                try await probe.send("POST", "auth/pods/role/\(role)", ["token_policies": ["p"], "token_ttl": "5m"])
            }
            let nobody = probe.with(token: "")
            let answer = try await nobody.send("POST", "auth/pods/login", ["role": "app", "jwt": "good"])
            #expect(answer.json["auth"]?["policies"] == ["default", "p"])
            #expect(answer.json["auth"]?["lease_duration"] == 300)
            let refused = kind == "jwt" ? 400 : 403
            for (role, jwt) in [("other", "good"), ("app", "bad")] {
                let body: JSONValue = ["role": .string(role), "jwt": .string(jwt)]
                #expect(try await nobody.send("POST", "auth/pods/login", body).status == refused)
            }
            let unknown = try await nobody.send("POST", "auth/pods/login", ["role": "none", "jwt": "good"])
            #expect(unknown.status == 400)
        }
    }

    @Test("a JWT can be accepted over HTTP too, and is not shown again")
    func acceptedOverHTTP() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "sys/auth/jwt", ["type": "jwt"])
            try await probe.send("POST", "auth/jwt/role/app", ["token_policies": ["p"]])
            let accepted: JSONValue = [["role": "app", "jwt": "good"]]
            try await probe.send("POST", "auth/jwt/config", ["bound_issuer": "me", "double_accepts": accepted])
            #expect(try await probe.send("GET", "auth/jwt/config").json["data"] == ["bound_issuer": "me"])
            #expect(try await probe.send("POST", "auth/jwt/login", ["role": "app", "jwt": "good"]).status == 200)
        }
    }

    @Test("a secret id ends with its time and is bound to its network")
    func secretIDs() async throws {
        let clock = FixedClock()
        var configuration = VaultDouble.Configuration()
        configuration.now = clock.reading
        try await withDouble(configuration) { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "sys/auth/approle", ["type": "approle"])
            try await probe.send("POST", "auth/approle/role/app", ["secret_id_ttl": "1m", "token_policies": "p,q"])
            let near: JSONValue = ["cidr_list": ["127.0.0.0/8"]]
            let far: JSONValue = ["cidr_list": ["10.0.0.0/8"]]
            #expect(try await logIn(probe, secretOf: far).status == 400)
            let answer = try await logIn(probe, secretOf: near)
            #expect(answer.json["auth"]?["policies"] == ["default", "p", "q"])
            #expect(try await logIn(probe, secretOf: near) { clock.advance(by: .seconds(60)) }.status == 400)
        }
    }

    private func logIn(
        _ probe: VaultProbe, secretOf wishes: JSONValue, after wait: () -> Void = {}
    ) async throws -> VaultProbe.Answer {
        let role = try await probe.send("GET", "auth/approle/role/app/role-id").json["data"]?["role_id"]
        let secret = try await probe.send("POST", "auth/approle/role/app/secret-id", wishes).json["data"]?["secret_id"]
        wait()
        let body: JSONValue = ["role_id": role ?? .null, "secret_id": secret ?? .null]
        return try await probe.with(token: "").send("POST", "auth/approle/login", body)
    }

    @Test("a token is bound to its network")
    func boundToken() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.acceptJWT("good", mount: "jwt", role: "far")
            try await probe.send("POST", "sys/auth/jwt", ["type": "jwt"])
            try await probe.send("POST", "auth/jwt/role/far", ["token_bound_cidrs": ["10.0.0.0/8"]])
            let holder = try await probe.holder(["role": "far", "jwt": "good"], at: "auth/jwt/login")
            #expect(try await holder.send("GET", "auth/token/lookup-self").errors == ["permission denied"])
        }
    }

    @Test("a wrapped answer can be had once, by header or by body")
    func unwrapping() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            let nobody = probe.with(token: "")
            let first = try await wrap(probe)
            let byHeader = try await nobody.with(token: first).send("POST", "sys/wrapping/unwrap")
            #expect(byHeader.json["data"]?["data"] == ["k": "v"])
            #expect(try await nobody.with(token: first).send("POST", "sys/wrapping/unwrap").status == 400)
            let second: JSONValue = ["token": .string(try await wrap(probe))]
            #expect(try await nobody.send("POST", "sys/wrapping/lookup", second).status == 200)
            #expect(try await probe.send("POST", "sys/wrapping/unwrap", second).status == 200)
            #expect(try await nobody.send("POST", "sys/wrapping/lookup", second).status == 400)
        }
    }

    @Test("named in header and body at once, a wrapping token is burnt")
    func burning() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            let token = try await wrap(probe)
            let holder = probe.with(token: token)
            #expect(try await holder.send("POST", "sys/wrapping/unwrap", ["token": .string(token)]).status == 400)
            #expect(try await holder.send("POST", "sys/wrapping/unwrap").status == 400)
        }
    }

    @Test("a wrapping token opens nothing else, and trying is its end")
    func misuse() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            let holder = probe.with(token: try await wrap(probe))
            #expect(try await holder.send("GET", "secret/data/a").status == 403)
            #expect(try await holder.send("POST", "sys/wrapping/unwrap").status == 400)
        }
    }

    @Test("a wrapped answer ends with its time")
    func wrappingTime() async throws {
        let clock = FixedClock()
        var configuration = VaultDouble.Configuration()
        configuration.now = clock.reading
        try await withDouble(configuration) { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            let holder = probe.with(token: try await wrap(probe))
            clock.advance(by: .seconds(60))
            #expect(try await holder.send("POST", "sys/wrapping/unwrap").status == 400)
        }
    }

    private func wrap(_ probe: VaultProbe) async throws -> String {
        let answer = try await probe.send("GET", "secret/data/a", headers: [("X-Vault-Wrap-TTL", "1m")])
        #expect(answer.json["data"] == .null)
        return try #require(answer.json["wrap_info"]?["token"]?.string)
    }
}
