import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import SystemdCredentials

@Suite("Secrets from systemd's credentials")
struct SystemdCredentialsTests {
    @Test("the rules of secret backends hold")
    func conformance() async throws {
        let folder = try CredentialFolder()
        let subject = SecretBackendConformance<SystemdCredentials>.Subject(
            escapingNames: ["../acme.pepper", "a/b", ".hidden"],
            backend: { secrets in
                try folder.hold(secrets, of: "acme")
                return SystemdCredentials(folder: folder.path, tenantSlug: "acme")
            })
        #expect(await SecretBackendConformance(subject).violations() == [])
        #expect(ProviderSettingsConformance(CredentialSettings.self).violations() == [])
    }

    @Test("a tenant sees its own credentials alone, even where one slug begins like another")
    func tenantsApart() async throws {
        let folder = try CredentialFolder()
        try folder.hold(["pepper": Array("of acme".utf8)], of: "acme")
        try folder.hold(["pepper": Array("of acme-corp".utf8)], of: "acme-corp")
        #expect(try await value("pepper", of: "acme", in: folder) == "of acme")
        #expect(try await value("pepper", of: "acme-corp", in: folder) == "of acme-corp")
        #expect(try await value("corp.pepper", of: "acme", in: folder) == nil)
        #expect(try await value("pepper", of: "beta", in: folder) == nil)
    }

    @Test("a credential that is too large is an error, and none of it is told")
    func largeCredential() async throws {
        let folder = try CredentialFolder()
        try folder.hold(["large": [UInt8](repeating: 65, count: SystemdCredentials.maximumSizeBytes + 1)], of: "acme")
        let error = await #expect(throws: SecretBackendError.self) {
            try await value("large", of: "acme", in: folder)
        }
        #expect(error?.description.contains("AAAA") == false)
    }

    @Test("what is missing is said with what mends it")
    func absence() async throws {
        let without = SystemdCredentials(folder: nil, tenantSlug: "acme")
        #expect(try await without.resolve("pepper") == nil)
        #expect(await without.absence(of: "pepper").contains("given no credentials"))
        let empty = SystemdCredentials(folder: try CredentialFolder().path, tenantSlug: "acme")
        #expect(await empty.absence(of: "pepper").contains("LoadCredential=acme.pepper:"))
    }

    private func value(_ name: String, of slug: String, in folder: CredentialFolder) async throws -> String? {
        let secret = try await SystemdCredentials(folder: folder.path, tenantSlug: slug).resolve(name)
        return secret.map { $0.value.withExposedBytes { String(decoding: $0, as: UTF8.self) } }
    }
}

/// A folder as systemd fills it, gone with its test.
private final class CredentialFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func hold(_ secrets: [String: [UInt8]], of slug: String) throws {
        for old in try FileManager.default.contentsOfDirectory(atPath: path) where old.hasPrefix("\(slug).") {
            try FileManager.default.removeItem(atPath: "\(path)/\(old)")
        }
        for (name, bytes) in secrets { try Data(bytes).write(to: URL(filePath: "\(path)/\(slug).\(name)")) }
    }
}
