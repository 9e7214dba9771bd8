import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

/// A server of Vault under test: the double, or a real one in development mode.
struct VaultServer: Sendable {
    /// Which servers a suite runs against.
    enum Kind: Sendable, CustomTestStringConvertible {
        case double
        case real(address: String, token: String)

        /// The double, and the real server that `VAULT_ADDR` and `VAULT_TOKEN` name, where they do.
        static let available: [Kind] = {
            let environment = ProcessInfo.processInfo.environment
            guard let address = environment["VAULT_ADDR"], let token = environment["VAULT_TOKEN"] else {
                return [.double]
            }
            return [.double, .real(address: address, token: token)]
        }()

        var testDescription: String {
            if case .double = self { "the double" } else { "a real server" }
        }
    }

    let address: String
    let rootToken: String
    /// `nil` for a real server.
    let double: VaultDouble?
    /// A word that no other test uses, for paths, mounts and roles.
    let word = "t" + String(UInt64.random(in: .min ... .max), radix: 36)

    /// Runs `body` with a server that is stopped after it.
    static func run(_ kind: Kind = .double, _ body: (VaultServer) async throws -> Void) async throws {
        switch kind {
        case .real(let address, let token):
            try await body(VaultServer(address: address, rootToken: token, double: nil))
        case .double:
            let double = try await VaultDouble.start()
            do {
                try await body(VaultServer(address: double.address, rootToken: double.rootToken, double: double))
            } catch {
                await double.stop()
                throw error
            }
            await double.stop()
        }
    }

    /// Works on the server as an operator would; `body` is JSON.
    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil, wrapTTL: String? = nil
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: "\(address)/v1/\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(name: "X-Vault-Token", value: token ?? rootToken)
        if let wrapTTL { request.headers.add(name: "X-Vault-Wrap-TTL", value: wrapTTL) }
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Reply(status: Int(response.status.code), body: Data(bytes.readableBytesView))
    }

    struct Reply: Sendable {
        let status: Int
        let body: Data

        /// The text at these keys, one in the other.
        func text(_ keys: String...) throws -> String {
            var value: Any? = try JSONSerialization.jsonObject(with: body)
            for key in keys { value = (value as? [String: Any])?[key] }
            guard let text = value as? String else { throw Unexpected(status: status) }
            return text
        }
    }

    struct Unexpected: Error {
        let status: Int
    }

    func write(_ path: String, _ fields: String) async throws {
        let reply = try await call("POST", "secret/data/\(path)", #"{"data":\#(fields)}"#)
        guard reply.status == 200 else { throw Unexpected(status: reply.status) }
    }

    /// A token that may do only what `policy` says.
    func token(policy: String, _ more: String = "") async throws -> String {
        let text = String(decoding: try JSONEncoder().encode(["policy": policy]), as: UTF8.self)
        try await call("PUT", "sys/policies/acl/\(word)", text)
        let body = #"{"policies":["\#(word)"]\#(more)}"#
        return try await call("POST", "auth/token/create", body).text("auth", "client_token")
    }
}

/// A provider under test, with everything around it.
struct VaultTenant: Sendable {
    let server: VaultServer
    let provider: VaultSecretsProvider
    let clock: FixedClock
    let log: CapturedLog

    /// Runs `body` with a provider that is closed after it.
    static func run(
        _ server: VaultServer, _ settings: [(key: String, value: SettingsLiteral)] = [],
        secrets: StaticSecrets? = nil, metrics: VaultMetrics = VaultMetrics(name: "acme"),
        _ body: (VaultTenant) async throws -> Void
    ) async throws {
        let tenant = try VaultTenant(server, settings, secrets: secrets, metrics: metrics)
        do {
            try await body(tenant)
        } catch {
            await tenant.provider.close()
            throw error
        }
        await tenant.provider.close()
    }

    init(
        _ server: VaultServer, _ settings: [(key: String, value: SettingsLiteral)] = [],
        secrets: StaticSecrets? = nil, metrics: VaultMetrics = VaultMetrics(name: "acme")
    ) throws {
        self.server = server
        clock = FixedClock(Date(timeIntervalSinceNow: 0))
        log = CapturedLog()
        let context = ProviderContext.testing(
            secrets: secrets ?? StaticSecrets(["file:token": server.rootToken]), logger: log.logger, clock: clock)
        provider = try VaultSecretsProvider(
            settings: Self.settings(server.address, settings), context: context, clock: .still(clock),
            metrics: metrics)
    }

    func text(_ name: String) async throws -> String? {
        try await provider.resolve(name)?.text
    }

    /// What `resolve` throws, as text; empty where it throws nothing.
    func problem(_ name: String) async -> String {
        do {
            _ = try await provider.resolve(name)
            return ""
        } catch {
            return "\(error)"
        }
    }

    /// Lets a refresh pass, and waits for the looks that are due then.
    func refresh() async {
        clock.advance(by: .seconds(30))
        await provider.lookAtDue()
    }

    static func settings(
        _ address: String, _ more: [(key: String, value: SettingsLiteral)]
    ) throws -> VaultSettings {
        var entries = more
        if !entries.contains(where: { $0.key == "address" }) { entries.append(("address", .text(address))) }
        if !entries.contains(where: { $0.key == "auth" }) {
            entries.append(("auth", ["token": ["secret": "file:token"]]))
        }
        let (settings, problems) = SettingsLiteral.section(entries).read(as: VaultSettings.self)
        guard problems.isEmpty else { throw SecretBackendError("\(problems)") }
        return settings
    }
}
