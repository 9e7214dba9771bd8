import ArgumentParser
import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("Doctor") struct DoctorTests {
    private func front(_ flags: [String] = [], _ serve: [String]) async throws -> DoctorFinding.Severity? {
        let settings = try ProcessSettings(
            try ProcessOptions.parse(flags), serve: try ServeOptions.parse(serve), environment: [:])
        return await FrontTLSCheck(settings: settings).findings().first?.severity
    }

    @Test("passwords in the clear on an open address are critical, on this host a note")
    func frontTLS() async throws {
        #expect(try await front([], ["--listen", "0.0.0.0:8080"]) == .critical)
        #expect(try await front([], ["--listen", "127.0.0.1:8080"]) == .note)
        #expect(try await front([], ["--tls-certificate", "c", "--tls-key", "k", "--listen", "0.0.0.0:8080"]) == .good)
    }

    @Test("a proxy that ends TLS must be trusted, else all clients look like one")
    func proxy() async throws {
        let flags = ["--public-url", "https://auth.example.com"]
        #expect(try await front(flags, []) == .warning)
        #expect(try await front(flags, ["--trusted-proxies", "10.0.0.0/8"]) == .good)
    }

    @Test(
        "the way to an outside database is good where the server's name is verified or nothing crosses a network",
        arguments: [
            ("postgresql://gatehouse_app:x@db.example/gatehouse", DoctorFinding.Severity.warning),
            ("postgresql://gatehouse_app:x@db.example/gatehouse?sslmode=require", .warning),
            ("postgresql://gatehouse_app:x@db.example/gatehouse?sslmode=verify-full&sslrootcert=/ca.pem", .good),
            ("postgresql://gatehouse_app:x@/gatehouse?host=%2Frun%2Fpostgresql", .good),
        ])
    func databaseTLS(url: String, severity: DoctorFinding.Severity) async {
        let addresses = DatabaseAddresses(app: SecretText(url), platform: nil, maintenance: nil, migrator: nil)
        let findings = await DatabaseTLSCheck(database: addresses).findings()
        #expect(findings.map(\.severity) == [severity])
        #expect(!"\(findings)".contains(":x@"))
    }

    @Test("the private cluster needs no TLS")
    func privateCluster() async {
        #expect(await DatabaseTLSCheck(database: nil).findings().map(\.severity) == [.good])
    }
}
