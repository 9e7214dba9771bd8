import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("Keys wrapped by Vault's transit engine")
struct TransitTests {
    private let key = SecretBytes((0..<32).map { UInt8($0) })

    @Test("what is wrapped unwraps with its binding only", arguments: VaultServer.Kind.available)
    func binding(kind: VaultServer.Kind) async throws {
        try await TransitServer.run(kind) { transit, _ in
            let wrapped = try await transit.wrap(key, binding: [1, 2])
            #expect(wrapped.bytes.starts(with: "vault:v1:".utf8))
            #expect(wrapped.wrapperKeyID == (try await transit.currentKeyID()))
            #expect(try await transit.unwrap(wrapped, binding: [1, 2]).matches(key))
            #expect(await problem { try await transit.unwrap(wrapped, binding: [1, 3]) } == .refused)
            #expect(await problem { try await transit.unwrap(wrapped, binding: []) } == .refused)
            var bytes = wrapped.bytes
            bytes[20] = bytes[20] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let altered = WrappedKey(wrapperKeyID: wrapped.wrapperKeyID, bytes: bytes)
            #expect(await problem { try await transit.unwrap(altered, binding: [1, 2]) } == .refused)
        }
    }

    @Test(
        "a rotation is noticed within the refresh, and what was wrapped before unwraps",
        arguments: VaultServer.Kind.available)
    func rotation(kind: VaultServer.Kind) async throws {
        try await TransitServer.run(kind) { transit, vault in
            let old = try await transit.wrap(key, binding: [1])
            try await vault.server.call("POST", "\(vault.server.word)/keys/kek/rotate", "{}")
            vault.clock.advance(by: .seconds(30))
            #expect(try await transit.currentKeyID() == "vault:\(vault.server.word)/kek:v2")
            #expect(try await transit.wrap(key, binding: [1]).wrapperKeyID == "vault:\(vault.server.word)/kek:v2")
            #expect(try await transit.unwrap(old, binding: [1]).matches(key))
            try await vault.server.call(
                "POST", "\(vault.server.word)/keys/kek/config", #"{"min_decryption_version":2}"#)
            #expect(await problem { try await transit.unwrap(old, binding: [1]) } == .unknown(old.wrapperKeyID))
        }
    }

    @Test("a key of somebody else is unknown, and a name that does not fit its bytes is refused")
    func foreign() async throws {
        try await TransitServer.run { transit, vault in
            let wrapped = try await transit.wrap(key, binding: [])
            let prefix = "vault:\(vault.server.word)/kek"
            for (id, expected) in [
                ("file:kek", Problem.unknown("file:kek")), (prefix + "2:v1", .unknown(prefix + "2:v1")),
                (prefix + ":v2", .refused),
            ] {
                let other = WrappedKey(wrapperKeyID: id, bytes: wrapped.bytes)
                #expect(await problem { try await transit.unwrap(other, binding: []) } == expected)
            }
            let future = WrappedKey(wrapperKeyID: prefix + ":v9", bytes: Array("vault:v9:AAAA".utf8))
            #expect(await problem { try await transit.unwrap(future, binding: []) } == .unknown(prefix + ":v9"))
        }
    }

    @Test("a missing key is not made, and says how it is", arguments: VaultServer.Kind.available)
    func missingKey(kind: VaultServer.Kind) async throws {
        try await TransitServer.run(kind) { _, vault in
            let transit = VaultTransit(connection: vault.connection, mount: vault.server.word, key: "nobody")
            let words = await problem { try await transit.wrap(key, binding: []) }.reason
            #expect(words.contains("vault write -f \(vault.server.word)/keys/nobody"))
            let reply = try await vault.server.call("GET", "\(vault.server.word)/keys/nobody")
            #expect(reply.status == 404)
        }
    }

    @Test("a key whose type takes no associated data is not used", arguments: VaultServer.Kind.available)
    func wrongType(kind: VaultServer.Kind) async throws {
        try await TransitServer.run(kind) { _, vault in
            try await vault.server.call("POST", "\(vault.server.word)/keys/derived", #"{"derived":true}"#)
            let transit = VaultTransit(connection: vault.connection, mount: vault.server.word, key: "derived")
            #expect(await problem { try await transit.wrap(key, binding: []) }.reason.contains("aes256-gcm96"))
        }
    }

    @Test("a Vault that cannot be used makes the key unavailable, not refused")
    func unavailable() async throws {
        try await TransitServer.run { transit, vault in
            let wrapped = try await transit.wrap(key, binding: [])
            vault.server.double?.enter(.sealed)
            #expect(await problem { try await transit.unwrap(wrapped, binding: []) }.reason.contains("sealed"))
            vault.server.double?.enter(.active)
            vault.server.double?.inject(.status(403, errors: ["canary"]))
            try await eventually {
                let words = await problem { try await transit.unwrap(wrapped, binding: []) }.reason
                #expect(!words.contains("canary"))
                return words.contains("denies")
            }
        }
    }

    @Test("a name that could lead elsewhere is not used", arguments: ["", "../sys", "a b", "a?b", "a."])
    func names(name: String) async throws {
        try await TransitServer.run { _, vault in
            for transit in [
                VaultTransit(connection: vault.connection, mount: "transit", key: name),
                VaultTransit(connection: vault.connection, mount: name, key: "kek"),
            ] {
                #expect(!(await problem { try await transit.wrap(key, binding: []) }.reason.isEmpty))
            }
            #expect(!vault.server.paths.contains { $0.contains("/keys/") && !$0.contains("kek") })
        }
    }

    /// A `KeyWrapperError` that can be compared.
    private enum Problem: Equatable {
        case none
        case unknown(String)
        case refused
        case unavailable(String)
        case other

        var reason: String {
            if case .unavailable(let reason) = self { reason } else { "" }
        }
    }

    private func problem(_ body: @Sendable () async throws -> some Sendable) async -> Problem {
        do {
            _ = try await body()
            return .none
        } catch KeyWrapperError.unknownKey(let id) {
            return .unknown(id)
        } catch KeyWrapperError.refused {
            return .refused
        } catch KeyWrapperError.unavailable(let reason) {
            return .unavailable(reason)
        } catch {
            return .other
        }
    }
}

/// A server with a transit engine at the test's own word, and a connection to it.
private struct TransitServer {
    let server: VaultServer
    let connection: VaultConnection
    let clock: FixedClock

    static func run(
        _ kind: VaultServer.Kind = .double, _ body: (VaultTransit, TransitServer) async throws -> Void
    ) async throws {
        try await VaultServer.run(kind) { server in
            try await server.call("POST", "sys/mounts/\(server.word)", #"{"type":"transit"}"#)
            try await server.call("POST", "\(server.word)/keys/kek", "{}")
            let clock = FixedClock(Date(timeIntervalSinceNow: 0))
            let connection = try VaultConnection(
                settings: VaultTenant.settings(server.address, []),
                secrets: StaticSecrets(["file:token": server.rootToken]), host: .unrestricted,
                logger: CapturedLog().logger, clock: .still(clock), metrics: VaultMetrics(name: "process"))
            let transit = VaultTransit(connection: connection, mount: server.word, key: "kek")
            do {
                try await body(transit, TransitServer(server: server, connection: connection, clock: clock))
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        }
    }
}
