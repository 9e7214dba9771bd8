import Foundation

/// The repository this test stands in, as files on disk.
struct SourceTree: Sendable {
    /// The repository's top folder.
    let root: URL
    /// Every file that belongs to the project, sorted by path; what builds and runs leave behind is not in it.
    let files: [SourceFile]

    /// The repository that this very file is part of.
    static let current = SourceTree(root: repositoryRoot())

    private init(root: URL) {
        self.root = root
        files = Self.paths(under: root).map { SourceFile(root: root, path: $0) }
    }

    /// All Swift files beneath the given folders, which are named as in `Sources` or `Plugins/TOTPFactor`.
    func swiftFiles(under folders: [String]) -> [SourceFile] {
        files.filter { file in file.path.hasSuffix(".swift") && folders.contains { file.path.hasPrefix($0 + "/") } }
    }

    /// The names of the folders directly beneath `folder`, sorted.
    func folders(in folder: String) -> [String] {
        let inside = files.filter { $0.path.hasPrefix(folder + "/") }.map { $0.components.dropFirst().first ?? "" }
        return Set(inside).filter { name in files.contains { $0.path.hasPrefix("\(folder)/\(name)/") } }.sorted()
    }

    private static func repositoryRoot(of file: String = #filePath) -> URL {
        // A folder of the checkout may be reached through a link; the tree is where the file really is.
        URL(filePath: file).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private static func paths(under root: URL) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: root.path(percentEncoded: false)) else { return [] }
        var paths: [String] = []
        for case let path as String in walk {
            if isLeftBehind(path) {
                walk.skipDescendants()
            } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                paths.append(path)
            }
        }
        return paths.sorted()
    }

    private static func isLeftBehind(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return [".git", ".build", ".gatehouse", ".swiftpm", "__pycache__", "Package.resolved"].contains(String(name))
    }
}

/// One file of the tree.
struct SourceFile: Sendable {
    /// From the top of the repository: `Sources/PluginKit/Verdict.swift`.
    let path: String
    /// The content; empty where the file is not UTF-8.
    let text: String

    init(root: URL, path: String) {
        self.init(path: path, text: (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? "")
    }

    init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    var components: [String] { path.split(separator: "/").map(String.init) }
    var name: String { components.last ?? "" }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    /// The target that the file is compiled into, by the layout of the repository; `nil` outside of any.
    var target: String? {
        switch components.first {
        case "Sources", "Plugins", "Tests": components.count > 2 ? components[1] : nil
        case "migrations": "MigrationFiles"
        default: nil
        }
    }
}
