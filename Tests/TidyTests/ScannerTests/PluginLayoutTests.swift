import Testing

@Suite("Layout of a plugin")
struct PluginLayoutTests {
    private let complete = [
        "Plugins/A/README.md", "Plugins/A/Sources/AProvider.swift", "Plugins/A/Sources/ASettings.swift",
        "Tests/ATests/ProviderTests.swift",
    ]

    @Test("a complete plugin is accepted")
    func accepted() {
        #expect(layoutFindings(ofPlugin: "A", in: complete) == [])
    }

    @Test("each missing part is found", arguments: 0..<4)
    func missing(part: Int) {
        let rest = complete.enumerated().filter { $0.offset != part }.map(\.element)
        #expect(layoutFindings(ofPlugin: "A", in: rest).count == 1)
    }
}
