import DatabaseTesting
import FileSecrets
import Foundation
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing
import VaultSecrets

@Suite("Files of the host, named by a document over HTTP") struct HostFilesTests {
    @Test("a token file that is none of the allowed ones is refused by name, and nothing is read or sent")
    func tokenFile() async throws {
        try await Host.run { host in
            for path in [
                host.key, "secrets/acme/pepper", host.path("open/../data/keys/key"), host.path("open/link/key"),
            ] {
                let answer = try await host.put(["secrets": host.vault(tokenFile: path), "sign_in": Host.signIn])
                #expect(answer.code == "config_refused")
                let detail = answer.json["detail"].text ?? ""
                #expect(detail.contains("secrets.vault.auth.jwt.token_file: "), "\(detail)")
                #expect(!detail.contains("the key"))
            }
            #expect(host.double.journal.isEmpty)
        }
    }

    @Test("a folder of secrets that is none of the allowed ones is refused by name, whatever the tenant is called")
    func folder() async throws {
        try await Host.run { host in
            for folder in [host.path("data"), host.path("data/keys"), host.path("open/link"), "secrets/acme", "/"] {
                let answer = try await host.put([
                    "secrets": [
                        "file": ["directory": .text(folder)],
                        "vault": [
                            "address": .text(host.double.address), "auth": ["token": ["secret": "file:key"]],
                        ],
                    ], "sign_in": Host.signIn,
                ])
                #expect(answer.code == "config_refused")
                #expect(answer.json["detail"].text?.contains("secrets.file.directory: ") == true, "\(answer.text)")
            }
            let reserved = try await host.house.send(
                .put, "/v1/tenants/keys", bearer: host.house.operatorKey, body: ["name": "Keys"])
            #expect(reserved.status == 422 || reserved.status == 400, "\(reserved.text)")
            #expect(host.double.journal.isEmpty)
        }
    }

    @Test("certificates for a vault are files like any other")
    func certificates() async throws {
        try await Host.run { host in
            let ways: [[String: JSON]] = [
                ["ca_file": .text(host.key)],
                ["certificate_file": .text(host.key), "key_file": .text(host.token)],
            ]
            for tls in ways {
                var vault = host.vault(tokenFile: host.token)["vault"]
                if case .object(var members) = vault {
                    members["tls"] = .object(tls)
                    vault = .object(members)
                }
                let answer = try await host.put(["secrets": ["vault": vault], "sign_in": Host.signIn])
                #expect(answer.code == "config_refused")
                let detail = answer.json["detail"].text ?? ""
                #expect(detail.contains("secrets.vault.tls.") && detail.contains("must lie in"), "\(detail)")
                #expect(!detail.contains("the key"))
            }
            #expect(host.double.journal.isEmpty)
        }
    }

    @Test("a vault that is none of the allowed ones is not asked")
    func hosts() async throws {
        try await Host.run(hosts: ["vault.internal"]) { host in
            let answer = try await host.put(["secrets": host.vault(tokenFile: host.token), "sign_in": Host.signIn])
            #expect(answer.code == "config_refused")
            #expect(answer.json["detail"].text?.contains("secrets.vault.address: ") == true, "\(answer.text)")
            #expect(host.double.journal.isEmpty)
        }
    }

    @Test("what lies in an allowed folder is used")
    func allowed() async throws {
        try await Host.run { host in
            let answer = try await host.put(["secrets": host.vault(tokenFile: host.token), "sign_in": Host.signIn])
            // The vault knows no such token, so the tenant does not open; but it was asked.
            #expect(answer.json["detail"].text?.contains("Vault refuses the login") == true, "\(answer.text)")
            #expect(host.double.journal.contains { $0.path.contains("auth/jwt/login") })
        }
    }

    @Test("what was allowed once is refused when it no longer is, going back to it too")
    func rollback() async throws {
        try await Host.run(allows: false) { host in
            let wide = try await TestNode.make(
                services: host.house.kernel, catalog: Host.catalog, hostRules: host.rules(allows: true),
                clock: host.house.acme.clock)
            let vault = """
                secrets: {vault: {address: '\(host.double.address)', auth: {jwt: {role: r, token_file: '\(host.token)'}}}}
                sign_in: {password: {}}
                policy: {second_factor: {required_for: []}}
                """
            let tenant = try await wide.makeTenant(vault)
            let path = "/v1/tenants/\(tenant.slug)"
            await #expect(throws: TenantUnavailable.self) {
                try await host.house.registry.tenant(named: tenant.slug.text)
            }
            let plain: JSON = ["sign_in": ["password": [:]], "policy": ["second_factor": ["required_for": []]]]
            let mended = try await host.house.send(
                .put, path + "/config", bearer: host.house.operatorKey, body: ["document": plain],
                headers: [.ifMatch: "\"1\""])
            #expect(mended.status == 200, "\(mended.text)")
            let back = try await host.house.send(
                .post, path + "/config/rollback", bearer: host.house.operatorKey, body: ["revision": 1],
                headers: [.ifMatch: "\"2\""])
            #expect(back.code == "config_refused")
            #expect(back.json["detail"].text?.contains("token_file") == true, "\(back.text)")
            #expect(host.double.journal.isEmpty)
        }
    }
}

/// A server on a host with files of its own, some of which documents may name, and a vault of somebody else.
private struct Host {
    let house: House
    let double: VaultDouble
    let folder: URL
    let slug = "t\(unique())"

    static let signIn: JSON = ["password": ["pepper": ["id": "p1", "secret": "vault:acme#pepper"]], "totp": [:]]

    static var catalog: ProviderCatalog {
        var catalog = ProviderCatalog.testing()
        catalog.add(secrets: FileSecretsProvider.self)
        catalog.add(secrets: VaultSecretsProvider.self)
        return catalog
    }

    var key: String { path("data/keys/key") }
    var token: String { path("open/token") }

    static func run(
        allows: Bool = true, hosts: Set<String>? = nil, _ body: (Host) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "host-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [("data/keys/key", "the key"), ("open/token", "a.signed.token")] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/open/link", withDestinationPath: folder.path + "/data/keys")
        let rules = rules(in: folder, allows: allows, hosts: hosts)
        let double = try await VaultDouble.start()
        do {
            try await body(
                Host(house: try await House.open(catalog: catalog, hostRules: rules), double: double, folder: folder))
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    func rules(allows: Bool) -> HostRules { Self.rules(in: folder, allows: allows, hosts: nil) }

    private static func rules(in folder: URL, allows: Bool, hosts: Set<String>?) -> HostRules {
        HostRules(
            kept: [.init(folder.path + "/data")], tenantFiles: allows ? [folder.path + "/open"] : [], tenantHosts: hosts
        )
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    func vault(tokenFile: String) -> JSON {
        [
            "vault": [
                "address": .text(double.address), "auth": ["jwt": ["role": "r", "token_file": .text(tokenFile)]],
            ]
        ]
    }

    func put(_ config: JSON) async throws -> Answer {
        try await house.send(
            .put, "/v1/tenants/\(slug)", bearer: house.operatorKey, body: ["name": "A test", "config": config])
    }
}
