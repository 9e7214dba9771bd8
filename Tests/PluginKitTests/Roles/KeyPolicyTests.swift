import PluginKit
import PluginTesting
import Testing

@Suite("What a tenant demands of its API keys")
struct KeyPolicyTests {
    private static let day = Duration.seconds(86_400)

    @Test("is declared well")
    func conformance() {
        #expect(ProviderSettingsConformance(KeyPolicy.self).violations() == [])
    }

    @Test("is 90 days, a day's overlap and two weeks' warning where nothing is said")
    func defaults() {
        let policy = ([:] as SettingsLiteral).read(as: KeyPolicy.self).settings
        #expect(policy.maxAge == Self.day * 90)
        #expect(policy.overlap == Self.day)
        #expect(policy.warnBefore == Self.day * 14)
    }

    @Test("warns at half of a short life where nothing is said", arguments: [("20d", 10), ("28d", 14), ("30d", 14)])
    func shortLife(maxAge: String, days: Int) {
        let (policy, problems) = (["max_age": .text(maxAge)] as SettingsLiteral).read(as: KeyPolicy.self)
        #expect(problems.isEmpty)
        #expect(policy.warnBefore == Self.day * days)
    }

    @Test("may be as short as an hour without overlap, and as long as two years with thirty days of it")
    func ends() {
        let settings: [SettingsLiteral] = [
            ["max_age": "1h", "overlap": "0s", "warn_before": "0s"],
            ["max_age": "730d", "overlap": "30d", "warn_before": "365d"],
        ]
        for settings in settings { #expect(settings.read(as: KeyPolicy.self).problems.isEmpty) }
    }

    @Test("says everything that is wrong at once")
    func problems() {
        let settings: SettingsLiteral = [
            "max_age": "30m", "overlap": "31d", "warn_before": "2w", "rate_limit": 0, "lifetime": "9d",
        ]
        #expect(
            settings.read(as: KeyPolicy.self).problems.map(\.description) == [
                "1: max_age: must be at least 1h, is 30m; write 1h or more",
                "2: overlap: must be at most 30d, is 31d; write 30d or less",
                "3: warn_before: must be a duration, is \"2w\"; write a number and a unit (s, m, h, d), such as 14d",
                "4: rate_limit: must be at least 1, is 0; write 1 or more",
                "5: lifetime: is not a key here; remove it, or use one of: max_age, overlap, rate_limit, warn_before",
            ])
        let late: SettingsLiteral = ["max_age": "7d", "warn_before": "7d"]
        #expect(
            late.read(as: KeyPolicy.self).problems.map(\.description) == [
                "2: warn_before: must be shorter than max_age (7d), is 7d; write a shorter time"
            ])
    }
}
