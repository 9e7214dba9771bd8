import Foundation
import Testing

/// Holds the whole tree against the house rules; each rule's own scanner is tested beside it on snippets.
@Suite("The tree")
struct TreeTests {
    private let tree = SourceTree.current
    private let product = SourceTree.current.swiftFiles(under: ["Sources", "Plugins", "migrations"])

    @Test("the tree that is looked at is there")
    func treeIsThere() {
        #expect(product.count > 20)
        #expect(tree.files.contains { $0.path == "Package.swift" })
    }

    @Test("a target imports only what the layers allow")
    func layers() {
        let layers = HouseRules.layers(plugins: Set(tree.folders(in: "Plugins")))
        expectNone(product.flatMap(layers.findings))
    }

    @Test("no function is longer than 70 lines")
    func functionLength() {
        expectNone(longFunctions(over: HouseRules.longestFunction))
    }

    @Test("the number of functions over 40 lines only falls")
    func functionLengthRatchet() {
        let long = longFunctions(over: HouseRules.longFunction)
        #expect(
            long.count == HouseRules.longFunctionsAllowed,
            "set HouseRules.longFunctionsAllowed to the number if it fell:\n\(long.map(\.description).joined(separator: "\n"))"
        )
    }

    @Test("no file is longer than 400 lines")
    func fileLength() {
        expectNone(
            product.filter { $0.lines.count > HouseRules.longestFile }.map {
                Finding(
                    path: $0.path, line: HouseRules.longestFile,
                    message: "is \($0.lines.count) lines; split it by topic")
            })
    }

    @Test("banned calls are not used")
    func banned() {
        expectNone(product.flatMap { bannedPhrases(in: SwiftText($0.text), path: $0.path) })
    }

    @Test("the system clock is read in one place, where the parts are put together")
    func clock() {
        let readings = product.flatMap { clockReadings(in: SwiftText($0.text), path: $0.path) }
        expectNone(readings.filter { !$0.path.hasPrefix("Sources/GatehouseProgram/") })
        #expect(readings.count <= 1, "\(readings.map(\.description).joined(separator: "\n"))")
    }

    @Test("whoever overrules the compiler, or blocks a thread, says why that holds")
    func explanations() {
        expectNone(product.flatMap { unexplainedPhrases(in: SwiftText($0.text), path: $0.path) })
    }

    @Test("a file says in its first sentence what it is for")
    func openings() {
        expectNone(product.flatMap { undocumentedOpening(of: SwiftText($0.text), path: $0.path) })
    }

    @Test("every public type of the plugin contract is documented")
    func publicDocumentation() {
        let contract = tree.swiftFiles(under: ["Sources/PluginKit", "Sources/PluginTesting"])
        expectNone(contract.flatMap { undocumentedPublicTypes(in: SwiftText($0.text), path: $0.path) })
    }

    @Test("nothing unfinished is left")
    func leftovers() {
        expectNone(textFiles.flatMap(unfinishedMarkers))
    }

    @Test("no file speaks of what its reader does not have")
    func foreign() {
        expectNone(textFiles.flatMap(foreignReferences))
    }

    @Test("each plugin is laid out like the others")
    func pluginLayout() {
        let paths = tree.files.map(\.path)
        expectNone(tree.folders(in: "Plugins").flatMap { layoutFindings(ofPlugin: $0, in: paths) })
    }

    @Test("nothing that building leaves behind is committed", .enabled(if: isCheckout))
    func committedFiles() throws {
        let committed = try committedPaths()
        #expect(committed.contains("Package.swift"))
        let leftBehind = committed.filter {
            $0.hasPrefix(".build/") || $0.hasPrefix(".gatehouse/") || $0.hasSuffix("Package.resolved")
        }
        #expect(leftBehind.isEmpty, "\(leftBehind)")
    }

    private func longFunctions(over limit: Int) -> [Finding] {
        product.flatMap { file in
            functions(in: SwiftText(file.text)).filter { $0.lineCount > limit }.map {
                Finding(
                    path: file.path, line: $0.line, message: "\($0.name) is \($0.lineCount) lines, more than \(limit)")
            }
        }
    }

    /// Everything that people read. A licence is quoted, not written.
    private var textFiles: [SourceFile] { tree.files.filter { $0.path != "LICENSE" } }

    private static var isCheckout: Bool {
        FileManager.default.fileExists(
            atPath: SourceTree.current.root.appending(path: ".git").path(percentEncoded: false))
    }

    private func committedPaths() throws -> [String] {
        let git = Process()
        let output = Pipe()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-C", tree.root.path(percentEncoded: false), "ls-files"]
        git.standardOutput = output
        try git.run()
        let listed = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        return String(decoding: listed, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
