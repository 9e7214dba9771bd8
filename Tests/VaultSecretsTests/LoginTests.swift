import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("Logging in to Vault")
struct LoginTests {
    @Test(
        "AppRole: one login, a renewal in time, and the token is revoked at the end",
        arguments: VaultServer.Kind.available)
    func appRole(kind: VaultServer.Kind) async throws {
        try await AppRole.run(kind) { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                server.double?.clearJournal()
                #expect(try await tenant.text("\(server.word)#pepper") == "x")
                tenant.clock.advance(by: .seconds(900))
                await tenant.refresh()
                try await eventually { server.paths.contains("/v1/auth/token/renew-self") || server.double == nil }
                #expect(try await tenant.text("\(server.word)#pepper") == "x")
                #expect(server.double == nil || server.logins == 1)
            }
            #expect(server.double == nil || server.paths.last == "/v1/auth/token/revoke-self")
        }
    }

    @Test("the token is revoked at the end, even while Vault is left alone for its failures")
    func lastRequest() async throws {
        try await AppRole.run(.double) { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                _ = try await tenant.text("\(server.word)#pepper")
                server.double?.inject(.status(500, errors: []), path: "secret/data")
                for _ in 0..<5 { _ = await tenant.problem("other#pepper") }
                #expect(await tenant.problem("other#pepper").contains("none is sent until a probe"))
            }
            #expect(server.paths.last == "/v1/auth/token/revoke-self")
        }
    }

    @Test("a token that cannot be renewed is replaced in time, and none waits for that")
    func batch() async throws {
        try await AppRole.run(more: #","token_type":"batch""#) { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                #expect(try await tenant.text("\(server.word)#pepper") == "x")
                tenant.clock.advance(by: .seconds(900))
                server.double?.inject(.status(503, errors: ["Vault is sealed"]), times: 2, path: "auth")
                await tenant.refresh()
                try await eventually { server.logins == 4 }
                #expect(!server.paths.contains("/v1/auth/token/renew-self"))
                #expect(try await tenant.provider.resolve("\(server.word)#pepper")?.unconfirmedSince == nil)
            }
        }
    }

    @Test("a secret id that is refused is an error about the login")
    func refused() async throws {
        try await AppRole.run { server, role in
            let secrets = StaticSecrets(["file:secret-id": "00000000-0000-0000-0000-000000000000"])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                #expect(await tenant.problem("\(server.word)#pepper").contains("Vault refuses the login"))
                secrets.set("file:secret-id", to: try await role.secretID())
                #expect(try await tenant.text("\(server.word)#pepper") == "x", "it is looked up anew at each login")
            }
            secrets.set("file:secret-id", to: "line\nend")
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                #expect(await tenant.problem("\(server.word)#pepper").contains("a line end"))
            }
            secrets.set("file:secret-id", to: nil)
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                #expect(await tenant.problem("\(server.word)#pepper").contains("file:secret-id"))
            }
        }
    }

    @Test("a token that was revoked is replaced, and nobody notices", arguments: VaultServer.Kind.available)
    func revoked(kind: VaultServer.Kind) async throws {
        try await AppRole.run(kind) { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                #expect(try await tenant.text("\(server.word)#pepper") == "x")
                try await server.write(server.word, #"{"pepper":"y"}"#)
                try await role.revokeTokens()
                await tenant.refresh()
                #expect(try await tenant.text("\(server.word)#pepper") == "y")
                #expect(server.double == nil || server.logins == 2)
            }
        }
    }

    @Test("what the policy denies costs one login more, not one for every question")
    func deniedByPolicy() async throws {
        try await AppRole.run { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                for _ in 0..<10 { #expect(await tenant.problem("other#pepper").contains("Vault denies it")) }
                #expect(server.logins == 2)
            }
        }
    }

    @Test("a token of few uses is replaced before it is used up")
    func fewUses() async throws {
        try await AppRole.run(more: #","token_num_uses":3"#) { server, role in
            for index in 0..<7 { try await server.write("\(server.word)/\(index)", #"{"pepper":"x"}"#) }
            let secrets = StaticSecrets(["file:secret-id": try await role.secretID()])
            try await VaultTenant.run(server, role.settings(), secrets: secrets) { tenant in
                for index in 0..<7 {
                    let found = try await tenant.text("\(server.word)/\(index)#pepper")
                    #expect(found == "x")
                }
                #expect(server.logins == 3)
                #expect(!tenant.log.lines.contains { $0.hasPrefix("warning") })
            }
        }
    }

    @Test(
        "a wrapped secret id is checked, unwrapped once, and kept for later logins",
        arguments: VaultServer.Kind.available)
    func wrapped(kind: VaultServer.Kind) async throws {
        try await AppRole.run(kind) { server, role in
            let secrets = StaticSecrets(["file:secret-id": try await role.wrappedSecretID()])
            try await VaultTenant.run(server, role.settings(wrapped: true), secrets: secrets) { tenant in
                #expect(try await tenant.text("\(server.word)#pepper") == "x")
                try await role.revokeTokens()
                await tenant.refresh()
                #expect(try await tenant.provider.resolve("\(server.word)#pepper")?.unconfirmedSince == nil)
                #expect(server.double == nil || server.paths.count { $0 == "/v1/sys/wrapping/unwrap" } == 1)
            }
        }
    }

    @Test(
        "a wrapping token that somebody used, or that was made elsewhere, raises the alarm",
        arguments: VaultServer.Kind.available)
    func stolen(kind: VaultServer.Kind) async throws {
        try await AppRole.run(kind) { server, role in
            let used = try await role.wrappedSecretID()
            try await server.call("POST", "sys/wrapping/unwrap", token: used)
            let planted = try await server.call(
                "POST", "sys/wrapping/wrap", #"{"secret_id":"planted"}"#, wrapTTL: "60s"
            )
            .text("wrap_info", "token")
            for (wrapping, words) in [(used, "MAY HAVE BEEN STOLEN"), (planted, "STOLEN AND REPLACED")] {
                let secrets = StaticSecrets(["file:secret-id": wrapping])
                try await VaultTenant.run(server, role.settings(wrapped: true), secrets: secrets) { tenant in
                    server.double?.clearJournal()
                    let problem = await tenant.problem("\(server.word)#pepper")
                    #expect(problem.contains(words))
                    #expect(!problem.contains(wrapping))
                    #expect(tenant.log.lines.contains { $0.hasPrefix("warning") && $0.contains(words) })
                    #expect(server.double == nil || server.paths == ["/v1/sys/wrapping/lookup"])
                }
            }
        }
    }

    @Test("a signed token from a file logs in, and is read anew each time", arguments: ["jwt", "kubernetes"])
    func bearer(method: String) async throws {
        try await VaultServer.run { server in
            try await server.call("POST", "sys/auth/\(method)", #"{"type":"\#(method)"}"#)
            try await server.call("PUT", "sys/policies/acl/all", AppRole.policy("*"))
            try await server.call(
                "POST", "auth/\(method)/role/acme",
                #"{"role_type":"jwt","user_claim":"sub","bound_audiences":["x"],"bound_service_account_names":["x"],"bound_service_account_namespaces":["x"],"token_policies":["all"]}"#
            )
            try await server.write("acme", #"{"pepper":"x"}"#)
            let file = FileManager.default.temporaryDirectory.appending(path: server.word)
            defer { try? FileManager.default.removeItem(at: file) }
            let way: SettingsLiteral = ["role": "acme", "token_file": .text(file.path)]
            let auth = SettingsLiteral.section([(key: method, value: way)])
            try await VaultTenant.run(server, [("auth", auth)]) { tenant in
                #expect(await tenant.problem("acme#pepper").contains("does not exist"))
                try Data("old.j.wt\n".utf8).write(to: file)
                #expect(await tenant.problem("acme#pepper").contains("others may use the file"))
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
                #expect(await tenant.problem("acme#pepper").contains("Vault refuses the login"))
                server.double?.acceptJWT("new.j.wt", mount: method, role: "acme")
                try Data("new.j.wt\n".utf8).write(to: file)
                #expect(try await tenant.text("acme#pepper") == "x")
            }
        }
    }

    @Test("a configured token is never revoked, and a new one is taken when the old one is denied")
    func configuredToken() async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            let policy = #"path "secret/*" { capabilities = ["read"] }"#
            let first = try await server.token(policy: policy)
            let secrets = StaticSecrets(["file:token": first])
            try await VaultTenant.run(server, secrets: secrets) { tenant in
                #expect(try await tenant.text("acme#pepper") == "x")
                try await server.call("POST", "auth/token/revoke", #"{"token":"\#(first)"}"#)
                secrets.set("file:token", to: try await server.token(policy: policy))
                await tenant.refresh()
                #expect(try await tenant.provider.resolve("acme#pepper")?.unconfirmedSince == nil)
            }
            #expect(!server.paths.contains("/v1/auth/token/revoke-self"))
        }
    }
}

/// A role of the AppRole method that may read one path.
private struct AppRole {
    let server: VaultServer
    let roleID: String

    static func run(
        _ kind: VaultServer.Kind = .double, more: String = "", _ body: (VaultServer, AppRole) async throws -> Void
    ) async throws {
        try await VaultServer.run(kind) { server in
            try await server.write(server.word, #"{"pepper":"x"}"#)
            try await server.call("POST", "sys/auth/\(server.word)", #"{"type":"approle"}"#)
            try await server.call("PUT", "sys/policies/acl/\(server.word)", policy("secret/data/\(server.word)*"))
            let role = "auth/\(server.word)/role/acme"
            try await server.call(
                "POST", role, #"{"token_policies":["\#(server.word)"],"token_ttl":"20m"\#(more)}"#)
            let roleID = try await server.call("GET", "\(role)/role-id").text("data", "role_id")
            try await body(server, AppRole(server: server, roleID: roleID))
        }
    }

    static func policy(_ path: String) -> String {
        #"{"policy":"path \"\#(path)\" { capabilities = [\"read\"] }"}"#
    }

    private var path: String { "auth/\(server.word)/role/acme/secret-id" }

    func secretID() async throws -> String {
        try await server.call("POST", path, "{}").text("data", "secret_id")
    }

    func wrappedSecretID() async throws -> String {
        try await server.call("POST", path, "{}", wrapTTL: "60s").text("wrap_info", "token")
    }

    /// Revokes every token that this method gave.
    func revokeTokens() async throws {
        try await server.call("PUT", "sys/leases/revoke-prefix/auth/\(server.word)/login")
    }

    func settings(wrapped: Bool = false) -> [(key: String, value: SettingsLiteral)] {
        var entries: [(key: String, value: SettingsLiteral)] = [
            ("role_id", .text(roleID)), ("secret_id", "file:secret-id"), ("mount", .text(server.word)),
        ]
        if wrapped { entries += [("wrapped", true), ("creation_path", .text(path))] }
        return [("auth", .section([(key: "approle", value: .section(entries))]))]
    }
}

extension VaultServer {
    /// The paths that were asked for, in order; empty for a real server.
    var paths: [String] { double?.journal.map(\.path) ?? [] }

    fileprivate var logins: Int { paths.count { $0.hasSuffix("/login") } }
}
