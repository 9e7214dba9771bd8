import PluginKit
import PluginTesting
import Testing

@testable import APIKeys

@Suite("Settings of the api_keys provider")
struct APIKeysSettingsTests {
    @Test("are sound")
    func conformance() {
        #expect(ProviderSettingsConformance(APIKeysSettings.self).violations() == [])
    }

    @Test("have these defaults")
    func defaults() {
        let settings = SettingsLiteral.section([]).read(as: APIKeysSettings.self).settings
        #expect(settings.prefix == nil)
        #expect(settings.formerPrefixes == [])
        #expect(settings.environment == .live)
        #expect(settings.policy.maxAge == .seconds(90 * 86_400))
    }

    @Test("say everything that is wrong at once")
    func problems() {
        let settings: SettingsLiteral = [
            "prefix": "Acme", "former_prefixes": ["old", "o", "old"], "environment": "staging", "max_age": "1m",
            "overlap": "90d", "warn_before": "soon", "enviroment": "test",
        ]
        #expect(
            settings.read(as: APIKeysSettings.self).problems.map(\.description) == [
                "1: prefix: must be 2 to 16 characters out of a-z and 0-9, the first a letter; write a short name such as `acme`",
                "2: former_prefixes: must be 2 to 16 characters out of a-z and 0-9, the first a letter; write a short name such as `acme`",
                "2: former_prefixes: holds old a second time; remove it",
                "3: environment: must be one of live, test, is \"staging\"; write one of these words",
                "4: max_age: must be at least 1h, is 1m; write 1h or more",
                "5: overlap: must be at most 30d, is 90d; write 30d or less",
                "6: warn_before: must be a duration, is \"soon\"; write a number and a unit (s, m, h, d), such as 14d",
                "7: enviroment: is not a key here; did you mean `environment`?",
            ])
    }

    @Test("take at most eight former prefixes, none of them the prefix")
    func formerPrefixes() {
        let names = (1...9).map { SettingsLiteral.text("old\($0)") }
        let most: SettingsLiteral = ["prefix": "new", "former_prefixes": .list(Array(names.prefix(8)))]
        #expect(most.read(as: APIKeysSettings.self).problems.isEmpty)
        let tooMany: SettingsLiteral = ["former_prefixes": .list(names)]
        #expect(
            tooMany.read(as: APIKeysSettings.self).problems.map(\.description) == [
                "1: former_prefixes: must hold at most 8 prefixes, holds 9; remove those whose keys are gone"
            ])
        let same: SettingsLiteral = ["prefix": "new", "former_prefixes": ["old", "new"]]
        #expect(
            same.read(as: APIKeysSettings.self).problems.map(\.description) == [
                "2: former_prefixes: holds new, which is the prefix; remove it"
            ])
    }

    @Test(
        "take a prefix that cannot be mistaken",
        arguments: [
            ("ab", true), ("a1", true), ("acme", true), ("a234567890123456", true), ("a", false), ("", false),
            ("a2345678901234567", false), ("1a", false), ("Acme", false), ("ac_me", false), ("ac-me", false),
            ("acme ", false), ("acmé", false), ("acme\u{301}", false), ("acme\n", false), ("acme\r\n", false),
            ("ａｃｍｅ", false),
        ])
    func prefix(text: String, isTaken: Bool) {
        let settings: SettingsLiteral = ["prefix": .text(text)]
        let (read, problems) = settings.read(as: APIKeysSettings.self)
        #expect(problems.isEmpty == isTaken)
        #expect(read.prefix == (isTaken ? text : nil))
    }

    @Test(
        "make a prefix of the tenant's slug",
        arguments: [
            ("acme", "acme"), ("north-sea-2", "northsea2"), ("a-b", "ab"), ("a2", "a2"),
            ("the-very-long-name-of-a-company", "theverylongnameo"), ("2nd-street", "gh2ndstreet"), ("a", "gha"),
            ("", "gh"), ("1234567890123456", "gh12345678901234"), ("Ä-b_c.d", "bcd"),
        ])
    func standard(slug: String, prefix: String) {
        #expect(KeyPrefix.standard(for: slug) == prefix)
        #expect(KeyPrefix.check.problem(prefix) == nil)
    }
}
