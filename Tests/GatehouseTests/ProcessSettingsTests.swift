import ArgumentParser
import Foundation
import Logging
import PluginKit
import Testing
import WebAPI

@testable import GatehouseProgram

@Suite("Process settings") struct ProcessSettingsTests {
    private func settings(
        _ flags: [String] = [], serve: [String] = [], environment: [String: String] = [:]
    ) throws -> ProcessSettings {
        try ProcessSettings(
            try ProcessOptions.parse(flags), serve: try ServeOptions.parse(serve), environment: environment)
    }

    @Test("a flag wins over its variable, a variable over the default")
    func precedence() throws {
        let environment = ["GATEHOUSE_TENANTS": "from-variable", "GATEHOUSE_DATA": "from-variable"]
        let settings = try settings(["--tenants", "from-flag"], environment: environment)
        #expect(settings.tenants == "from-flag")
        #expect(settings.data == "from-variable")
        #expect(settings.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(settings.logLevel == .info)
    }

    @Test("an empty variable is no value")
    func emptyVariable() throws {
        let settings = try settings(environment: ["GATEHOUSE_DATABASE_URL": "", "GATEHOUSE_PUBLIC_URL": ""])
        #expect(settings.database == nil)
        #expect(settings.publicURL == nil)
    }

    @Test("documents over the API may name no files and any host, unless flags say so")
    func tenantAccess() throws {
        let settings = try settings()
        #expect(settings.tenantFiles == [] && settings.tenantHosts == nil)
        let told = try self.settings(["--tenant-files", "/a, /b", "--tenant-hosts", "Vault.Internal,10.0.0.1:8200"])
        #expect(told.tenantFiles == ["/a", "/b"])
        #expect(told.tenantHosts == ["vault.internal", "10.0.0.1:8200"])
        for flags in [["--tenant-files", "/a,"], ["--tenant-hosts", "https://vault"]] {
            #expect(throws: ProcessSettingsError.self) { try self.settings(flags) }
        }
    }

    @Test("every setting that cannot be used is told at once, and no value is repeated")
    func allProblems() throws {
        let serve = ["--listen", "nowhere", "--tls-key", "k.pem", "--trusted-proxies", "10.0.0.1/8"]
        let flags = ["--secrets", "vault", "--public-url", "ftp://x", "--log-level", "loud"]
        let error = try #require(throws: ProcessSettingsError.self) { try settings(flags, serve: serve) }
        #expect(error.problems.count == 6)
        for name in ["listen", "tls-certificate", "trusted-proxies", "secrets", "public-url", "log-level"] {
            #expect(error.problems.contains { $0.hasPrefix("--\(name)") }, "\(name)")
        }
        #expect(!error.description.contains("nowhere"))
    }

    @Test(
        "a public URL is a scheme and a host, without a slash at its end",
        arguments: [
            ("https://auth.example.com", "https://auth.example.com"),
            ("https://auth.example.com/", "https://auth.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
        ])
    func publicURL(written: String, kept: String) throws {
        #expect(try settings(["--public-url", written]).publicURL == kept)
    }

    @Test(
        "what is no plain public URL is refused",
        arguments: [
            "auth.example.com", "https://", "https://a.example/path", "https://a.example?x=1", "https://a.example#x",
            "https://user:secret@a.example",
        ])
    func badPublicURL(written: String) throws {
        #expect(throws: ProcessSettingsError.self) { try settings(["--public-url", written]) }
    }

    @Test("addresses take IPv6 hosts in brackets, and no port beyond 65535")
    func addresses() {
        #expect(ListenAddress("[::1]:9090") == ListenAddress(host: "::1", port: 9090))
        #expect(ListenAddress("0.0.0.0:0") == ListenAddress(host: "0.0.0.0", port: 0))
        for text in ["8080", ":8080", "host:", "host:65536", "host:-1", "host:1x"] {
            #expect(ListenAddress(text) == nil)
        }
    }

    @Test("how many keys are remembered is a number, by default 50,000; 0 remembers none")
    func keyCache() throws {
        #expect(try settings().keyCache == 50_000)
        #expect(try settings().keyMisses == 6000)
        #expect(try settings(serve: ["--key-misses", "0"]).keyMisses == nil)
        #expect(try settings(serve: ["--key-cache", "0"]).keyCache == 0)
        #expect(try settings(environment: ["GATEHOUSE_KEY_CACHE": "200000"]).keyCache == 200_000)
        for text in ["-1", "many", "1e6", "1000001"] {
            let error = try #require(throws: ProcessSettingsError.self) {
                try settings(environment: ["GATEHOUSE_KEY_CACHE": text])
            }
            #expect(error.problems.count == 1)
            #expect(error.problems.first?.hasPrefix("--key-cache") == true)
        }
    }

    @Test("port 0 becomes a free one before anything is named after it")
    func freePort() throws {
        let resolved = try ListenAddress(host: "127.0.0.1", port: 0).resolved()
        #expect(resolved.port > 0)
        #expect(try ListenAddress(host: "::1", port: 0).resolved().port > 0)
        #expect(try ListenAddress(host: "127.0.0.1", port: 8080).resolved().port == 8080)
    }
}
