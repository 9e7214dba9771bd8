import Foundation
import PluginKit
import Testing

@testable import Kernel

/// Each file of the folder `Golden` is a tenant file whose leading comments say which problems it has: one line
/// `# expect:` for each, in order, or `# expect: nothing`.
@Suite("Golden tenant files")
struct GoldenTests {
    @Test("a tenant file has exactly the problems that it says it has", arguments: goldenFiles())
    func golden(_ file: GoldenFile) throws {
        let expected = try file.expectedProblems()
        let actual = try file.actualProblems()
        #expect(actual == expected, "\(difference(from: expected, to: actual))")
    }

    @Test("the folder holds cases")
    func thereAreCases() {
        #expect(goldenFiles().count >= 30)
    }
}

/// One case.
struct GoldenFile: Sendable, CustomTestStringConvertible {
    let url: URL

    var testDescription: String { url.lastPathComponent }

    /// What the leading comments say; a file that says nothing is a mistake of the test.
    func expectedProblems() throws -> [String] {
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        let mark = "# expect: "
        let lines = text.split(separator: "\n").prefix { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
        try #require(!lines.isEmpty, "no `# expect:` line at the top of \(testDescription)")
        return lines == ["nothing"] ? [] : lines
    }

    func actualProblems() throws -> [String] {
        let bytes = [UInt8](try Data(contentsOf: url))
        let title = url.deletingPathExtension().lastPathComponent
        do {
            _ = try TenantPlan(
                document: bytes, title: title, source: testDescription, origin: .host, catalog: testCatalog())
            return []
        } catch {
            return error.list.map(\.description)
        }
    }
}

private func goldenFiles() -> [GoldenFile] {
    let files = try? FileManager.default.contentsOfDirectory(at: goldenFolder(), includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }.map(GoldenFile.init)
}

/// The folder of the golden files, beside the folder of this one.
func goldenFolder() -> URL {
    let target = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return target.appendingPathComponent("Golden")
}

/// The two lists as a diff: `-` expected and missing, `+` found and not expected.
private func difference(from expected: [String], to actual: [String]) -> String {
    let missing = expected.filter { !actual.contains($0) }.map { "- \($0)" }
    let unexpected = actual.filter { !expected.contains($0) }.map { "+ \($0)" }
    let lines = missing + unexpected
    return lines.isEmpty ? "the same problems in another order: \(actual)" : lines.joined(separator: "\n")
}
