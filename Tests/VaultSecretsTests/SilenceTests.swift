import Foundation
import MetricsTestKit
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("What Vault's client tells, and to whom")
struct SilenceTests {
    @Test("a token goes in its header, to the configured server, and nowhere else")
    func tokenStaysHome() async throws {
        try await VaultServer.run { server in
            try await VaultServer.run { elsewhere in
                try await server.write("acme", #"{"pepper":"x"}"#)
                server.double?.clearJournal()
                try await VaultTenant.run(server, [("namespace", "team/a")]) { tenant in
                    let first = try await tenant.text("acme#pepper")
                    #expect(first == "x")
                    server.double?.inject(.redirect(to: elsewhere.address))
                    await tenant.refresh()
                    #expect(try await tenant.provider.resolve("acme#pepper")?.unconfirmedSince != nil)
                }
                #expect(elsewhere.paths == [])
                let journal = try #require(server.double?.journal)
                #expect(journal.count > 2)
                for request in journal {
                    #expect(!request.path.contains("root") && request.query == "")
                    #expect(request.header("X-Vault-Token") == "root")
                    #expect(request.header("X-Vault-Request") == "true")
                    #expect(request.header("X-Vault-Namespace") == "team/a")
                }
            }
        }
    }

    @Test("no log line, no error and no metric holds a token, a secret id or a value")
    func canary() async throws {
        let metrics = TestMetrics()
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"canary-value"}"#)
            let canaries = ["canary-token", "canary-secret-id", "canary-value"]
            let secrets = StaticSecrets(["file:token": "canary-token", "file:secret-id": "canary-secret-id"])
            var told = ""
            let auth: SettingsLiteral = ["approle": ["role_id": "acme", "secret_id": "file:secret-id"]]
            for settings in [[], [("auth", auth)]] as [[(key: String, value: SettingsLiteral)]] {
                try await VaultTenant.run(
                    server, settings, secrets: secrets, metrics: VaultMetrics(name: "acme", factory: metrics)
                ) { tenant in
                    for fault in Self.faults {
                        if let fault { server.double?.inject(fault, times: 3) }
                        told += await tenant.problem("acme#pepper")
                        secrets.set("file:token", to: "root")
                        await tenant.refresh()
                    }
                    told += tenant.log.lines.joined()
                    dump(tenant.provider, to: &told)
                }
            }
            told += metrics.counters.map { "\($0.label)\($0.dimensions)" }.joined()
            #expect(told.contains("acme#pepper"))
            for canary in canaries { #expect(!told.contains(canary), "\(canary)") }
        }
    }

    @Test("metrics say whether Vault is up, how old the oldest secret is, and how requests end")
    func metrics() async throws {
        let metrics = TestMetrics()
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            try await VaultTenant.run(server, metrics: VaultMetrics(name: "acme", factory: metrics)) { tenant in
                let labels = [("tenant", "acme")]
                func gauge(_ name: String) throws -> Double? {
                    try metrics.expectRecorder("gatehouse_vault_\(name)", labels).lastValue
                }
                func count(_ outcome: String) throws -> Int64 {
                    try metrics.expectCounter("gatehouse_vault_requests", labels + [("outcome", outcome)]).totalValue
                }
                _ = try await tenant.text("acme#pepper")
                #expect(try gauge("up") == 1)
                #expect(try gauge("secret_age_seconds") == 0)
                #expect(try count("answered") == 2)
                server.double?.enter(.sealed)
                await tenant.refresh()
                #expect(try gauge("up") == 0)
                #expect(try gauge("secret_age_seconds") == 30)
                #expect(try count("sealed") > 0)
            }
        }
    }

    private static let faults: [VaultFault?] = [
        nil, .status(403, errors: ["canary-value"]), .status(500, errors: ["canary-value"]), .invalidJSON,
        .partialBody, .status(400, errors: ["canary-value"]), nil,
    ]
}
