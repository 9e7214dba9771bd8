import Foundation
import Testing

@testable import PluginTesting

/// What the double answers in the states of a server.
@Suite("Vault double: states")
struct VaultStateTests {
    static let statuses: [(VaultState, Int)] = [
        (.active, 200), (.sealed, 503), (.uninitialised, 501), (.standby(leader: nil), 429),
        (.forwardingStandby, 429), (.performanceStandby, 473),
    ]

    @Test("health has the status of the state, or the one that was asked for", arguments: statuses)
    func health(state: VaultState, status: Int) async throws {
        try await withDouble { double in
            double.enter(state)
            let probe = VaultProbe(double)
            let plain = try await probe.send("GET", "sys/health")
            #expect(plain.status == status)
            let codes = ["active", "sealed", "uninit", "standby", "performancestandby"].map { "\($0)code=299" }
            #expect(try await probe.send("GET", "sys/health?" + codes.joined(separator: "&")).status == 299)
            let wrong = codes.map { $0 + "x" }.joined(separator: "&")
            #expect(try await probe.send("GET", "sys/health?" + wrong).status == 400)
        }
    }

    @Test("a sealed server answers nothing, and afterwards has all it had")
    func sealing() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            #expect(try await probe.send("PUT", "sys/seal").status == 204)
            #expect(try await probe.send("GET", "secret/data/a").errors == ["Vault is sealed"])
            let key = VaultDouble.Configuration().unsealKey
            #expect(try await probe.send("PUT", "sys/unseal", ["key": .string(key)]).json["sealed"] == false)
            #expect(try await probe.send("GET", "secret/data/a").status == 200)
        }
    }

    @Test("a standby sends on to its leader with path and query, and without one it says so")
    func standby() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.enter(.standby(leader: "http://127.0.0.9:8200"))
            let redirect = try await probe.send("GET", "secret/data/a?version=1")
            #expect(redirect.status == 307)
            #expect(redirect.header("Location") == "http://127.0.0.9:8200/v1/secret/data/a?version=1")
            #expect(try await probe.send("GET", "sys/leader").json["leader_address"] == "http://127.0.0.9:8200")
            double.enter(.standby(leader: nil))
            #expect(try await probe.send("GET", "secret/data/a").status == 503)
            double.enter(.active)
            #expect(try await probe.send("GET", "secret/data/a").status == 404)
        }
    }

    @Test("namespaces are apart, by header and by path, and their tokens stay within")
    func namespaces() async throws {
        var configuration = VaultDouble.Configuration()
        configuration.namespacesEnabled = true
        try await withDouble(configuration) { double in
            let probe = VaultProbe(double)
            for name in ["one", "two"] {
                try await probe.send("POST", "sys/namespaces/\(name)", [:])
                try await probe.send("POST", "\(name)/sys/mounts/kv", ["type": "kv"])
            }
            try await probe.send("POST", "kv/a", ["k": "1"], headers: [("X-Vault-Namespace", "one")])
            #expect(try await probe.send("GET", "one/kv/a").json["data"]?["k"] == "1")
            #expect(try await probe.send("GET", "two/kv/a").status == 404)
            let body: JSONValue = ["policies": ["root"], "ttl": "1h"]
            let made = try await probe.send("POST", "one/auth/token/create", body)
            let inner = probe.with(token: try #require(made.json["auth"]?["client_token"]?.string))
            #expect(try await inner.send("GET", "one/kv/a").status == 200)
            #expect(try await inner.send("GET", "two/kv/a").status == 403)
            #expect(try await inner.send("GET", "secret/data/a").status == 403)
        }
    }

    @Test("a community server passes over the namespace and names it back")
    func withoutNamespaces() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            let answer = try await probe.send("GET", "secret/config", headers: [("X-Vault-Namespace", "one")])
            #expect(answer.status == 200)
            #expect(answer.header("X-Vault-Namespace") == "one")
        }
    }

    @Test("a body above 32 MiB is refused")
    func largeBody() async throws {
        try await withDouble { double in
            let body = [UInt8](repeating: UInt8(ascii: " "), count: HTTPRequest.largestBodyBytes + 1)
            let answer = try await VaultProbe(double).exchange("POST", "/v1/secret/data/a", body: body)
            #expect(answer.status == 413)
        }
    }

    @Test("over TLS the certificate is the given one, and a client that trusts another refuses it")
    func tls() async throws {
        var configuration = VaultDouble.Configuration()
        configuration.tls = VaultDoubleTLS(
            certificateChainPEM: TestCertificate.certificate, privateKeyPEM: TestCertificate.key)
        try await withDouble(configuration) { double in
            #expect(double.address.hasPrefix("https://localhost:"))
            let trusting = VaultProbe(double, trustedRoot: TestCertificate.certificate)
            let trusted = try await trusting.send("GET", "sys/health")
            #expect(trusted.status == 200)
            let strict = VaultProbe(double, trustedRoot: TestCertificate.other)
            await #expect(throws: (any Error).self) { try await strict.send("GET", "sys/health") }
        }
    }

    @Test("where client certificates are demanded, a client without one is refused")
    func clientCertificate() async throws {
        var configuration = VaultDouble.Configuration()
        configuration.tls = VaultDoubleTLS(
            certificateChainPEM: TestCertificate.certificate, privateKeyPEM: TestCertificate.key,
            clientAuthorityPEM: TestCertificate.certificate)
        try await withDouble(configuration) { double in
            var probe = VaultProbe(double, trustedRoot: TestCertificate.certificate)
            let stranger = probe
            await #expect(throws: (any Error).self) { try await stranger.send("GET", "sys/health") }
            probe.identity = (TestCertificate.certificate, TestCertificate.key)
            let known = try await probe.send("GET", "sys/health")
            #expect(known.status == 200)
        }
    }
}
