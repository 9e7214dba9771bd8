import Foundation
import Testing

/// What the program counts, and what its operators are told that it counts.
@Suite("Metrics")
struct MetricsTreeTests {
    private let tree = SourceTree.current

    @Test("docs/metrics.md has every metric that the source names, and no other")
    func documented() throws {
        let page = try #require(tree.files.first { $0.path == "docs/metrics.md" })
        let told = page.text.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^\| `([a-z_]+)` \|/).map { String($0.1) }
        }
        let counted = tree.swiftFiles(under: ["Sources", "Plugins"]).flatMap { file in
            file.text.matches(of: /label: "((?:gatehouse|http)_[a-z_]+)"/).map { String($0.1) }
        }
        #expect(Set(told) == Set(counted))
        #expect(told.count == Set(told).count)
    }
}
