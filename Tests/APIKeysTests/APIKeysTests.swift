import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import APIKeys

@Suite("API keys")
struct APIKeysTests {
    private let address = anyAddress()

    @Test(
        "keep the rules of a key authenticator",
        arguments: [
            [:], ["prefix": "zz", "environment": "test"],
            ["prefix": "acme2", "former_prefixes": ["acme", "acm", "acme3", "a234567890123456"]],
        ] as [SettingsLiteral])
    func conformance(settings: SettingsLiteral) async throws {
        #expect(await KeyAuthenticatorConformance(try makeProvider(settings)).violations() == [])
    }

    @Test("begin with the tenant's slug, and are live, where nothing is set")
    func defaults() async throws {
        let provider = try await makeProvider(tenant: "north-sea-2")
        let key = try provider.makeKey(at: address).exposed
        #expect(key.hasPrefix("northsea2_live_\(address)_"))
        #expect(provider.pattern == #"\bnorthsea2_live_[0-9A-Za-z]{19}_[0-9A-Za-z]{49}\b"#)
        #expect(provider.policy == KeyPolicy(reading: SettingsReader(SettingsNode(.null, line: 1))))
    }

    @Test("have the demands that the settings state")
    func policy() async throws {
        let provider = try await makeProvider(["max_age": "30d", "overlap": "1h", "warn_before": "3d"])
        #expect(provider.policy.maxAge == .seconds(30 * 86_400))
        #expect(provider.policy.overlap == .seconds(3600))
        #expect(provider.policy.warnBefore == .seconds(3 * 86_400))
    }

    @Test("of the other environment are refused")
    func environments() async throws {
        let live = try await makeProvider(["environment": "live"])
        let test = try await makeProvider(["environment": "test"])
        let (liveKey, testKey) = (try live.makeKey(at: address), try test.makeKey(at: address))
        #expect(live.read(liveKey) == address && test.read(testKey) == address)
        #expect(live.read(testKey) == nil)
        #expect(test.read(liveKey) == nil)
        #expect(testKey.exposed.hasPrefix("acme_test_"))
        #expect(!liveKey.exposed.contains(try Regex(test.pattern)))
    }

    @Test("with another tenant's prefix are refused, also where one prefix is the beginning of the other")
    func otherPrefixes() async throws {
        let providers = [
            try await makeProvider(), try await makeProvider(["prefix": "acm"]),
            try await makeProvider(["prefix": "acme2"]), try await makeProvider(tenant: "globex"),
        ]
        for (number, maker) in providers.enumerated() {
            let key = try maker.makeKey(at: address)
            for (other, reader) in providers.enumerated() {
                #expect(reader.read(key) == (number == other ? address : nil))
            }
        }
    }

    @Test("with a former prefix are read, and no longer made")
    func formerPrefixes() async throws {
        let old = try await makeProvider()
        let new = try await makeProvider(["prefix": "acmecorp", "former_prefixes": ["acme", "wile"]])
        let forgetful = try await makeProvider(["prefix": "acmecorp"])
        let oldKey = try old.makeKey(at: address)
        #expect(new.read(oldKey) == address)
        #expect(forgetful.read(oldKey) == nil)
        let newKey = try new.makeKey(at: address)
        #expect(newKey.exposed.hasPrefix("acmecorp_live_"))
        #expect(forgetful.read(newKey) == address)
        #expect(old.read(newKey) == nil)
    }

    @Test("with a former prefix are found by the pattern")
    func patternOfFormerPrefixes() async throws {
        let provider = try await makeProvider(["prefix": "acmecorp", "former_prefixes": ["acme", "wile"]])
        #expect(provider.pattern == #"\b(?:acmecorp|acme|wile)_live_[0-9A-Za-z]{19}_[0-9A-Za-z]{49}\b"#)
        for prefix in ["acmecorp", "acme", "wile", "road"] {
            let key = try await makeProvider(["prefix": .text(prefix)]).makeKey(at: address).exposed
            let isFound = "a key: \(key)\n".contains(try Regex(provider.pattern))
            #expect(isFound == (prefix != "road"))
        }
    }

    @Test("a former prefix that is the tenant's slug changes nothing where no prefix is set")
    func formerIsStandard() async throws {
        let provider = try await makeProvider(["former_prefixes": ["acme"]])
        #expect(provider.pattern == #"\bacme_live_[0-9A-Za-z]{19}_[0-9A-Za-z]{49}\b"#)
        #expect(provider.read(try provider.makeKey(at: address)) == address)
    }

    @Test("are found by Python's regular expressions as well")
    func python() async throws {
        let provider = try await makeProvider(["prefix": "acmecorp", "former_prefixes": ["acme"]])
        let key = try provider.makeKey(at: address).exposed
        let text = "a \(key), \(key)0 x\(key) and \(key.dropLast())"
        #expect(try findAll(provider.pattern, in: text) == [key])
    }

    /// What Python finds, one a line.
    private func findAll(_ pattern: String, in text: String) throws -> [String] {
        let python = Process()
        let output = Pipe()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = [
            "python3", "-c", "import re, sys; print(*re.findall(*sys.argv[1:]), sep='\\n')", pattern, text,
        ]
        python.standardOutput = output
        try python.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0, "python3 ended with status \(python.terminationStatus)")
        return String(decoding: printed, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
