import PluginKit
import Testing

@Suite("Durations in settings")
struct DurationTextTests {
    @Test(
        "are a whole number and a unit",
        arguments: [
            ("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("90d", 7_776_000), ("999999999s", 999_999_999),
        ])
    func reading(text: String, seconds: Int) {
        #expect(DurationText.read(text) == .seconds(seconds))
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "s", "90", "1.5h", "1h30m", "-1s", "+1s", " 1s", "1 s", "1S", "1w", "1ms", "१s", "1234567890s",
            "1\u{0}s",
        ])
    func otherText(text: String) {
        #expect(DurationText.read(text) == nil)
    }

    @Test(
        "are written in the largest unit that divides them, and read back",
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m"), (90, "90s"), (3600, "1h"), (5400, "90m"), (86_400, "1d"),
            (604_800, "7d"),
        ])
    func writing(seconds: Int, text: String) {
        #expect(DurationText.write(.seconds(seconds)) == text)
        #expect(DurationText.read(text) == .seconds(seconds))
    }
}
