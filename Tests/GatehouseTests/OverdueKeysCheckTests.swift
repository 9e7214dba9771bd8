import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("The doctor's look at API keys") struct OverdueKeysCheckTests {
    @Test(
        "the age in its remedy is no longer than that of the youngest key it is about",
        arguments: [(0, "0s"), (59, "59s"), (150, "2m"), (7199, "1h"), (86_399, "23h"), (6_600_000, "76d")])
    func age(seconds: Int64, text: String) {
        #expect(OverdueKeysCheck.wholeUnits(seconds) == text)
        #expect(DurationText.read(text).map { $0.components.seconds <= seconds } == true)
    }
}
