import PluginKit
import Testing

@testable import Kernel

@Suite("The catalogue of providers")
struct ProviderCatalogTests {
    @Test("providers come in the order of the document, not of their registration")
    func order() throws {
        let root = try SettingsParser.parse(Array("vault: {}\nenv:\nfile: {directory: x}\n".utf8))
        let section = ProviderSection(root, path: "secrets", line: 1)
        let backends = section.providers(from: testCatalog().secretBackends)
        #expect(backends.map(\.name.rawValue) == ["vault", "env", "file"])
    }

    @Test("a section that is left out names nobody and is no problem")
    func absent() {
        let document = SettingsReader(SettingsNode(.null, line: 1))
        let section = ProviderSection(nil, path: "secrets", line: 1)
        #expect(section.providers(from: testCatalog().secretBackends).isEmpty)
        section.finish(into: document)
        #expect(section.isEmpty && document.problems.isEmpty)
    }

    @Test("the references of each provider stay with it")
    func references() throws {
        let root = try SettingsParser.parse(Array("env: {}\nvault: { token: env:TOKEN }\n".utf8))
        let section = ProviderSection(root, path: "secrets", line: 1)
        let backends = section.providers(from: testCatalog().secretBackends)
        #expect(backends.map { $0.secrets.map(\.key) } == [[], ["secrets.vault.token"]])
    }

    @Test("the statements of all providers are listed")
    func statements() {
        #expect(testCatalog().statements.map { $0.sql.text } == ["SELECT 1"])
    }

    @Test("a backend is asked about a name without being opened")
    func names() {
        let catalog = testCatalog()
        #expect(catalog.nameProblem(of: SecretReference(backend: "env", name: "PEPPER")) == nil)
        #expect(catalog.nameProblem(of: SecretReference(backend: "env", name: "pepper")) == "must consist of capitals")
    }

    @Test("registering a name twice stops the program")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var catalog = ProviderCatalog()
            catalog.add(secrets: TestEnvironment.self)
            catalog.add(secrets: TestEnvironment.self)
        }
    }
}
