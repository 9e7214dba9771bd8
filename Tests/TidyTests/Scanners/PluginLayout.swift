/// What a plugin lacks of the layout that all plugins share, so that who has read one knows the next.
func layoutFindings(ofPlugin name: String, in paths: [String]) -> [Finding] {
    let folder = "Plugins/\(name)/"
    let sources = paths.filter { $0.hasPrefix(folder + "Sources/") }
    let rules: [(isKept: Bool, message: String)] = [
        (
            paths.contains(folder + "README.md"),
            "has no README.md: what it proves, its settings, its tables, its defences"
        ),
        (sources.contains { $0.hasSuffix("Provider.swift") }, "has no Sources/…Provider.swift"),
        (sources.contains { $0.hasSuffix("Settings.swift") }, "has no Sources/…Settings.swift"),
        (paths.contains { $0.hasPrefix("Tests/\(name)Tests/") }, "has no tests in Tests/\(name)Tests"),
    ]
    return rules.filter { !$0.isKept }.map { Finding(path: folder, line: 1, message: $0.message) }
}
