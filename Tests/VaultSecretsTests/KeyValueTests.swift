import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("Secrets from the key-value engine")
struct KeyValueTests {
    @Test("a field of a path is a secret, with its version and its time", arguments: VaultServer.Kind.available)
    func versioned(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            try await server.write("gatehouse/\(server.word)", #"{"pepper":"pä55 w\ud83d\udd12rd","n":1}"#)
            try await VaultTenant.run(server) { tenant in
                let name = "gatehouse/\(server.word)#pepper"
                let first = try #require(try await tenant.provider.resolve(name))
                #expect(first.text == "pä55 w\u{1F512}rd")
                #expect(first.version == "v1")
                #expect(abs(try #require(first.changedAt).timeIntervalSince(tenant.clock.now)) < 60)
                #expect(first.unconfirmedSince == nil)
                #expect(try await tenant.text("gatehouse/\(server.word)#salt") == nil)
                #expect(try await tenant.text("gatehouse/\(server.word)/more#pepper") == nil)
                #expect(await tenant.problem("gatehouse/\(server.word)#n").contains("is not text"))
            }
        }
    }

    @Test("what is not there is told by what is missing and by the command that writes it")
    func absence() async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"salt":"x"}"#)
            try await VaultTenant.run(server) { tenant in
                let found = (try await tenant.text("acme#pepper"), try await tenant.text("other#pepper"))
                #expect(found == (nil, nil))
                let field = await tenant.provider.absence(of: "acme#pepper")
                #expect(field.contains("no such field") && field.contains("kv patch -mount=secret acme pepper=-"))
                let path = await tenant.provider.absence(of: "other#pepper")
                #expect(path.contains("nothing at this path") && path.contains("kv put -mount=secret other pepper=-"))
            }
        }
    }

    @Test("a new version is noticed within the refresh", arguments: VaultServer.Kind.available)
    func rotation(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            try await server.write(server.word, #"{"pepper":"one"}"#)
            try await VaultTenant.run(server) { tenant in
                #expect(try await tenant.text("\(server.word)#pepper") == "one")
                try await server.write(server.word, #"{"pepper":"two"}"#)
                await tenant.refresh()
                let found = try await tenant.provider.resolve("\(server.word)#pepper")
                #expect(found?.text == "two")
                #expect(found?.version == "v2")
            }
        }
    }

    @Test(
        "an engine without versions gives fingerprints that differ as values do", arguments: VaultServer.Kind.available)
    func plain(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            try await server.call("POST", "sys/mounts/\(server.word)", #"{"type":"kv","options":{"version":"1"}}"#)
            try await server.call("POST", "\(server.word)/acme", #"{"a":"same","b":"same","c":"other","d":[1]}"#)
            let settings: [(key: String, value: SettingsLiteral)] = [("mount", .text(server.word)), ("kv_version", 1)]
            try await VaultTenant.run(server, settings) { tenant in
                var versions: [String: String] = [:]
                for field in ["a", "b", "c"] {
                    versions[field] = try await tenant.provider.resolve("acme#\(field)")?.version
                }
                #expect(versions["a"]?.utf8.count == 16)
                #expect(versions["a"] == versions["b"] && versions["a"] != versions["c"])
                #expect(try await tenant.text("acme#c") == "other")
                #expect(try await tenant.text("nothing#c") == nil)
                #expect(await tenant.problem("acme#d").contains("is not text"))
            }
        }
    }

    @Test("a deleted and a destroyed version are errors that say how to go on", arguments: VaultServer.Kind.available)
    func deleted(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            for path in ["soft", "hard"] { try await server.write("\(server.word)/\(path)", #"{"pepper":"x"}"#) }
            try await server.call("DELETE", "secret/data/\(server.word)/soft")
            try await server.call("PUT", "secret/destroy/\(server.word)/hard", #"{"versions":[1]}"#)
            try await VaultTenant.run(server) { tenant in
                let soft = await tenant.problem("\(server.word)/soft#pepper")
                #expect(soft.contains("version 1 was deleted") && soft.contains("vault kv undelete"))
                #expect(await tenant.problem("\(server.word)/hard#pepper").contains("version 1 was destroyed"))
            }
        }
    }

    @Test("the wrong version of the engine is told, either way", arguments: VaultServer.Kind.available)
    func wrongVersion(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            try await server.call("POST", "sys/mounts/\(server.word)", #"{"type":"kv","options":{"version":"1"}}"#)
            try await VaultTenant.run(server, [("kv_version", 1)]) { tenant in
                #expect(await tenant.problem("acme#pepper").contains("set `kv_version: 2`"))
            }
            try await VaultTenant.run(server, [("mount", .text(server.word))]) { tenant in
                #expect(await tenant.problem("acme#pepper").contains("set `kv_version: 1`"))
            }
            try await VaultTenant.run(server, [("mount", .text(server.word + "/none"))]) { tenant in
                #expect(await tenant.problem("acme#pepper").contains("set `kv_version: 1`"))
            }
            try await VaultTenant.run(server, [("mount", "no-such-mount")]) { tenant in
                #expect(await tenant.problem("acme#pepper").contains("vault secrets list"))
            }
        }
    }

    @Test("a denial is an error, whether or not there is a secret", arguments: VaultServer.Kind.available)
    func forbidden(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            try await server.write("\(server.word)/mine", #"{"pepper":"x"}"#)
            let policy = #"path "secret/data/\#(server.word)/mine" { capabilities = ["read"] }"#
            let secrets = StaticSecrets(["file:token": try await server.token(policy: policy)])
            try await VaultTenant.run(server, secrets: secrets) { tenant in
                let mine = try await tenant.text("\(server.word)/mine#pepper")
                #expect(mine == "x")
                #expect(await tenant.problem("\(server.word)/other#pepper").contains("Vault denies it"))
            }
            secrets.set("file:token", to: "hvs.no-such-token")
            try await VaultTenant.run(server, secrets: secrets) { tenant in
                #expect(await tenant.problem("\(server.word)/mine#pepper").contains("Vault denies it"))
            }
        }
    }

    @Test("fifty at once make one login and one read")
    func concurrency() async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x","salt":"y"}"#)
            try await VaultTenant.run(server) { tenant in
                server.double?.clearJournal()
                let found = try await withThrowingTaskGroup(of: String?.self) { group in
                    for index in 0..<50 {
                        group.addTask { try await tenant.text(index.isMultiple(of: 2) ? "acme#pepper" : "acme#salt") }
                    }
                    return try await group.reduce(into: [String?]()) { $0.append($1) }
                }
                #expect(Set(found) == ["x", "y"])
                let paths = server.double?.journal.map(\.path)
                #expect(paths == ["/v1/auth/token/lookup-self", "/v1/secret/data/acme"])
            }
        }
    }

    @Test("the backend keeps the rules of its role", arguments: VaultServer.Kind.available)
    func conformance(kind: VaultServer.Kind) async throws {
        try await VaultServer.run(kind) { server in
            let backend = ConformingBackend(server: server)
            let violations = await SecretBackendConformance(backend.subject).violations()
            await backend.close()
            #expect(violations == [])
        }
    }
}

/// The provider as the conformance suite wants it: one backend after another, each with content of its own.
private actor ConformingBackend {
    private let server: VaultServer
    private var tenants: [VaultTenant] = []

    init(server: VaultServer) {
        self.server = server
    }

    nonisolated var subject: SecretBackendConformance<VaultSecretsProvider>.Subject {
        var subject = SecretBackendConformance<VaultSecretsProvider>.Subject(
            wellFormedName: { [server] in "\(server.word)/\($0)#value" },
            escapingNames: SecretBackendConformance<VaultSecretsProvider>.escapingParts.flatMap { part in
                ["\(part)/a#value", "a/\(part)/b#value", "a/\(part)#value", "a#\(part)/b"]
            },
            takesBinary: false, backend: { try await self.backend($0) }, change: { try await self.change($0, $1) },
            interrupt: { try await self.interrupt($0) })
        if let double = server.double { subject.delay = { try Self.delay($0, double) } }
        return subject
    }

    func close() async {
        for tenant in tenants { await tenant.provider.close() }
    }

    private func backend(_ secrets: [String: [UInt8]]) async throws -> VaultSecretsProvider {
        for (name, value) in secrets { try await write(name, value) }
        let tenant = try VaultTenant(server)
        tenants.append(tenant)
        return tenant.provider
    }

    private func change(_ name: String, _ value: [UInt8]) async throws {
        try await write(name, value)
        await tenants.last?.refresh()
    }

    private func interrupt(_ name: String) async throws {
        let path = try #require(VaultPath(name)).path
        try await server.call("DELETE", "secret/data/\(path)")
        await tenants.last?.refresh()
    }

    private static func delay(_ name: String, _ double: VaultDouble) throws -> @Sendable () async -> Void {
        let path = try #require(VaultPath(name)).path
        double.inject(.latency(.milliseconds(300)), path: "secret/data/\(path)")
        return { double.clearFaults() }
    }

    private func write(_ name: String, _ value: [UInt8]) async throws {
        let path = try #require(VaultPath(name)).path
        let fields = try JSONEncoder().encode(["value": String(decoding: value, as: UTF8.self)])
        try await server.write(path, String(decoding: fields, as: UTF8.self))
    }
}
