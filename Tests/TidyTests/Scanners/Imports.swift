/// The modules of this project that a target may import, as the design draws its layers.
///
/// A plugin imports no kernel, the kernel imports no plugin; what is not allowed here is a mistake.
struct Layers {
    /// The targets under `Sources` and the one of `migrations`, with what each may import of ours.
    let allowed: [String: Set<String>]
    /// Names of the folders under `Plugins`.
    let plugins: Set<String>
    /// Targets that only hand a C library of the system to Swift.
    let systemLibraries: Set<String>
    /// The one target that sees everything: it puts the parts together.
    let root: String

    /// What is wrong with the imports of one file of the product.
    func findings(in file: SourceFile) -> [Finding] {
        guard let target = file.target else { return [] }
        guard let allowed = allowedImports(of: target) else {
            return [Finding(path: file.path, line: 1, message: "target \(target) has no row in the table of layers")]
        }
        return imports(of: SwiftText(file.text)).filter { isOurs($0.module) && !allowed.contains($0.module) }.map {
            Finding(path: file.path, line: $0.line, message: "\(target) may not import \($0.module)")
        }
    }

    private func allowedImports(of target: String) -> Set<String>? {
        if target == root { return ours }
        if plugins.contains(target) { return systemLibraries.subtracting(["CLibPQ"]).union(["PluginKit"]) }
        return allowed[target]
    }

    private func isOurs(_ module: String) -> Bool { ours.contains(module) }

    private var ours: Set<String> {
        Set(allowed.keys).union(plugins).union(systemLibraries).union([root])
    }
}

/// The modules that a file imports, each with its line.
func imports(of text: SwiftText) -> [(module: String, line: Int)] {
    text.code.enumerated().compactMap { number, line in
        let words = line.split { $0 == " " || $0 == "." }.map(String.init)
        guard let keyword = words.firstIndex(of: "import"), words[..<keyword].allSatisfy(isImportModifier) else {
            return nil
        }
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return words[(keyword + 1)...].first { !kinds.contains($0) }.map { ($0, number + 1) }
    }
}

private func isImportModifier(_ word: String) -> Bool {
    word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
}
