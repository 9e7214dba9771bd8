import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import TOTPFactor

/// Debian's `oathtool`, an authenticator of its own that people know.
@Suite("The codes of oathtool")
struct OathtoolTests {
    @Test(
        "are accepted, from the secret as a person would type it",
        arguments: ["sha1", "sha256", "sha512"], [6, 8])
    func accepted(algorithm: String, digits: Int) async throws {
        let fixture = try await TOTPFixture(["algorithm": .text(algorithm), "digits": .plain("\(digits)")])
        let factor = FactorID.make(at: fixture.clock.now)
        let prepared = try await fixture.prepare(factor)
        _ = try await fixture.tables.database.run(prepared.store)
        let secret = prepared.offer.secret.withExposed { $0 }
        for seconds in [1_234_567_890, 1_750_000_000, 20_000_000_000] {
            fixture.clock.set(to: Date(timeIntervalSince1970: TimeInterval(seconds)))
            let code = try oathtool([
                "--totp=\(algorithm)", "--digits=\(digits)", "--now=@\(seconds)", "--base32", secret,
            ])
            #expect(code.utf8.count == digits)
            #expect(code == (try AuthenticatorApp(scanning: prepared.offer.uri)).code(at: fixture.clock.now))
            #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
            #expect(try await fixture.verify(code, among: [factor]) == .rejected(.alreadyUsed))
        }
    }

    @Test("are those that the standard publishes")
    func published() throws {
        for vector in try VectorFile<PublishedCode>.read("rfc-6238-appendix-b") {
            let seed = vector.seed.bytes.map { String(UInt8($0 >> 4), radix: 16) + String(UInt8($0 & 15), radix: 16) }
            let code = try oathtool([
                "--totp=\(vector.algorithm)", "--digits=8", "--now=@\(Int(vector.seconds ?? 0))", seed.joined(),
            ])
            #expect(code == vector.code)
        }
    }

    /// What it prints. Where it is not installed the test fails: `apt-get install oathtool`.
    private func oathtool(_ arguments: [String]) throws -> String {
        let tool = Process()
        let output = Pipe()
        tool.executableURL = URL(filePath: "/usr/bin/env")
        tool.arguments = ["TZ=UTC", "oathtool"] + arguments
        tool.standardOutput = output
        try tool.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        tool.waitUntilExit()
        try #require(tool.terminationStatus == 0, "oathtool ended with status \(tool.terminationStatus)")
        return String(decoding: printed.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
