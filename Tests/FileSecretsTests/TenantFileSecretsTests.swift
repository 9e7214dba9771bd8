import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import FileSecrets

@Suite("Secrets from files, per tenant")
struct TenantFileSecretsTests {
    private let folder: SecretFolder

    init() throws {
        folder = try SecretFolder()
    }

    @Test("a tenant reads its own folder and no other")
    func ownFolder() async throws {
        try folder.write("pepper", "of acme", tenant: "acme")
        try folder.write("pepper", "of beta", tenant: "beta")
        try folder.write("shared", "of nobody")
        #expect(try await provider("acme").resolve("pepper")?.text == "of acme")
        #expect(try await provider("beta").resolve("pepper")?.text == "of beta")
        #expect(try await provider("gamma").resolve("pepper") == nil)
        for name in ["shared", "../beta/pepper", "../shared", "beta/pepper"] {
            #expect(try await provider("acme").resolve(name) == nil, "\(name)")
        }
    }

    @Test("a link in the place of a tenant's folder is refused")
    func linkedFolder() async throws {
        let file = try folder.write("pepper", "of beta", tenant: "beta")
        try FileManager.default.createSymbolicLink(
            at: folder.url("acme"), withDestinationURL: file.deletingLastPathComponent())
        await #expect(throws: SecretBackendError.self) { try await provider("acme").resolve("pepper") }
    }

    @Test("a slug that is no plain name opens no folder", arguments: ["..", ".", "", "a/b"])
    func badSlug(slug: String) async {
        await #expect(throws: SecretBackendError.self) { try await provider(slug) }
    }

    @Test("keeps the rules of a secret backend")
    func conformance() async {
        let folder = folder
        let suite = SecretBackendConformance(
            .init(
                backend: { secrets in
                    for (name, value) in secrets { try folder.write(name, bytes: value, tenant: "acme") }
                    return try await FileSecretsProvider(
                        settings: folder.settings, context: .testing(tenantSlug: "acme"))
                },
                change: { try folder.write($0, bytes: $1, tenant: "acme") },
                interrupt: { try FileManager.default.removeItem(at: folder.url($0, tenant: "acme")) }))
        #expect(await suite.violations() == [])
    }

    @Test("keeps the rules of a secret backend where Kubernetes mounts the files")
    func mountedConformance() async {
        let volume = MountedVolume(at: folder.root.appending(path: "acme"))
        let folder = folder
        let suite = SecretBackendConformance(
            .init(
                backend: { secrets in
                    try volume.mount(secrets)
                    return try await FileSecretsProvider(
                        settings: folder.settings, context: .testing(tenantSlug: "acme"))
                },
                change: { try volume.mount([$0: $1]) },
                interrupt: { _ in try volume.mount([String: String]()) }))
        #expect(await suite.violations() == [])
    }

    @Test("has sound settings")
    func settings() {
        #expect(ProviderSettingsConformance(FileSettings.self).violations() == [])
        let problems = SettingsLiteral.section([(key: "directory", value: "")]).read(as: FileSettings.self).problems
        #expect(problems.map(\.description) == ["1: directory: must not be empty; write the path of a folder"])
    }

    private func provider(_ tenant: String) async throws -> FileSecretsProvider {
        try await FileSecretsProvider(settings: folder.settings, context: .testing(tenantSlug: tenant))
    }
}
