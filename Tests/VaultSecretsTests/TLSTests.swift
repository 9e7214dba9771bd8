import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("TLS towards Vault")
struct TLSTests {
    private let authority: TestAuthority

    init() throws {
        authority = try TestAuthority()
    }

    @Test("a certificate of the configured authority for the right name is trusted")
    func trusted() async throws {
        try await run(authority.certificate(for: "localhost"), "ca_file", .text(authority.file("ca.pem"))) { tenant in
            let found = try await tenant.text("acme#pepper")
            #expect(found == "x")
        }
    }

    @Test("an unknown authority is refused, and told from a refused connection")
    func unknownAuthority() async throws {
        let other = try TestAuthority()
        try await run(authority.certificate(for: "localhost"), "ca_file", .text(other.file("ca.pem"))) { tenant in
            #expect(await tenant.problem("acme#pepper").contains("certificate is not trusted"))
        }
        try await run(authority.certificate(for: "localhost"), "server_name", "localhost") { tenant in
            #expect(await tenant.problem("acme#pepper").contains("certificate is not trusted"))
        }
    }

    @Test("another name is refused, unless it is the name that the settings expect")
    func wrongName() async throws {
        let certificate = try authority.certificate(for: "vault.internal")
        try await run(certificate, "ca_file", .text(authority.file("ca.pem"))) { tenant in
            #expect(await tenant.problem("acme#pepper").contains("carries another name"))
        }
        let tls: SettingsLiteral = ["ca_file": .text(authority.file("ca.pem")), "server_name": "vault.internal"]
        try await run(certificate, tls) { tenant in
            let found = try await tenant.text("acme#pepper")
            #expect(found == "x")
        }
    }

    @Test("a certificate that has run out is refused")
    func expired() async throws {
        let certificate = try authority.certificate(for: "localhost", isExpired: true)
        try await run(certificate, "ca_file", .text(authority.file("ca.pem"))) { tenant in
            #expect(await tenant.problem("acme#pepper").contains("certificate is not trusted"))
        }
    }

    @Test("a server that wants a certificate gets the configured one, and says so where there is none")
    func clientCertificate() async throws {
        var server = try authority.certificate(for: "localhost")
        server.clientAuthorityPEM = try authority.text("ca.pem")
        _ = try authority.certificate(for: "client")
        let tls: SettingsLiteral = [
            "ca_file": .text(authority.file("ca.pem")), "certificate_file": .text(authority.file("client.pem")),
            "key_file": .text(authority.file("client.key")),
        ]
        try await run(server, tls) { tenant in
            let found = try await tenant.text("acme#pepper")
            #expect(found == "x")
        }
        try await run(server, "ca_file", .text(authority.file("ca.pem"))) { tenant in
            #expect(!(await tenant.problem("acme#pepper")).isEmpty)
        }
    }

    @Test("a file of certificates that is missing or no PEM stops the start, by its key")
    func missingFile() throws {
        for file in [authority.file("nothing.pem"), authority.file("ca.key")] {
            let tls: SettingsLiteral = .section([(key: "ca_file", value: .text(file))])
            let server = VaultServer(address: "https://localhost:1", rootToken: "root", double: nil)
            let error = #expect(throws: SecretBackendError.self) { try VaultTenant(server, [("tls", tls)]) }
            #expect(error?.description.contains("tls.ca_file") == true)
        }
    }

    private func run(
        _ certificate: VaultDoubleTLS, _ key: String, _ value: SettingsLiteral,
        _ body: (VaultTenant) async throws -> Void
    ) async throws {
        try await run(certificate, .section([(key: key, value: value)]), body)
    }

    private func run(
        _ certificate: VaultDoubleTLS, _ tls: SettingsLiteral, _ body: (VaultTenant) async throws -> Void
    ) async throws {
        var configuration = VaultDouble.Configuration()
        configuration.tls = certificate
        let double = try await VaultDouble.start(configuration)
        let server = VaultServer(address: double.address, rootToken: double.rootToken, double: double)
        do {
            try await write(to: double.address)
            try await VaultTenant.run(server, [("tls", tls)], body)
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    /// Writes the secret as somebody who trusts everybody.
    private func write(to address: String) async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        if FileManager.default.fileExists(atPath: authority.file("client.pem")) {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(authority.file("client.pem"))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: authority.file("client.key"), format: .pem))
        }
        let client = HTTPClient(configuration: .init(tlsConfiguration: tls))
        var request = HTTPClientRequest(url: "\(address)/v1/secret/data/acme")
        request.method = .POST
        request.headers.add(name: "X-Vault-Token", value: "root")
        request.body = .bytes(Array(#"{"data":{"pepper":"x"}}"#.utf8))
        let status = try await client.execute(request, timeout: .seconds(10)).status
        try await client.shutdown()
        #expect(status == .ok)
    }
}
