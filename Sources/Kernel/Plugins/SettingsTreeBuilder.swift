import PluginKit
import Yams

/// Turns the parser's nodes into settings nodes and refuses what settings have no use for.
struct SettingsTreeBuilder {
    /// In the order of the document.
    private(set) var problems: [SettingsProblem] = []

    private static let maximumKeyBytes = 128

    mutating func tree(of root: Node) -> SettingsNode {
        node(root, path: "", depth: 1)
    }

    private mutating func node(_ node: Node, path: String, depth: Int) -> SettingsNode {
        let line = Self.line(of: node)
        if let problem = refusal(of: node, path: path, depth: depth, isTagged: Self.isTagged(node)) {
            problems.append(problem)
            return SettingsNode(.null, line: line)
        }
        return SettingsNode(content(of: node, path: path, depth: depth), line: line)
    }

    private mutating func content(of node: Node, path: String, depth: Int) -> SettingsNode.Content {
        switch node {
        case .scalar(let scalar): Self.content(of: scalar)
        case .sequence(let items): .list(items.map { self.node($0, path: path, depth: depth + 1) })
        case .mapping(let pairs): .map(pairs.compactMap { entry(of: $0, path: path, depth: depth) })
        case .alias: .null
        }
    }

    private mutating func entry(of pair: (key: Node, value: Node), path: String, depth: Int) -> SettingsNode.Entry? {
        let line = Self.line(of: pair.key)
        guard let key = key(pair.key, path: path) else { return nil }
        let value = node(pair.value, path: path.isEmpty ? key : "\(path).\(key)", depth: depth + 1)
        return SettingsNode.Entry(key: key, line: line, value: value)
    }

    private mutating func key(_ node: Node, path: String) -> String? {
        guard case .scalar(let scalar) = node, (1...Self.maximumKeyBytes).contains(scalar.string.utf8.count) else {
            problems.append(
                SettingsProblem(
                    line: Self.line(of: node), key: path,
                    message: "has a key that is not a word of 1 to \(Self.maximumKeyBytes) bytes",
                    fix: "write `key: value`"))
            return nil
        }
        // The parser itself tags a key as text, once it has compared it with the others.
        let isTagged = ![Tag.Name.implicit.rawValue, Tag.Name.str.rawValue].contains(scalar.tag.rawValue)
        if let problem = refusal(of: node, path: path, depth: 0, isTagged: isTagged) {
            problems.append(problem)
            return nil
        }
        return HiddenAsterisks.restore(in: scalar.string)
    }

    /// Why `node` may not stand here, whatever it holds.
    private func refusal(of node: Node, path: String, depth: Int, isTagged: Bool) -> SettingsProblem? {
        let line = Self.line(of: node)
        if node.anchor != nil {
            return SettingsProblem(
                line: line, key: path, message: "has an anchor", fix: "remove `&…`; write the value where it is needed")
        }
        if Self.isAlias(node) {
            return SettingsProblem(
                line: line, key: path, message: "is an alias",
                fix: "write the value; text that begins with `*` needs quotes")
        }
        if isTagged {
            return SettingsProblem(
                line: line, key: path, message: "has a tag", fix: "remove `!…`; text that begins with `!` needs quotes")
        }
        if depth > SettingsText.maximumDepth { return Self.tooDeep(line: line, path: path) }
        if case .scalar(let scalar) = node, scalar.string.utf8.contains(0) {
            return SettingsProblem(line: line, key: path, message: "holds U+0000", fix: "remove the character")
        }
        return nil
    }

    static func tooDeep(line: Int, path: String) -> SettingsProblem {
        SettingsProblem(
            line: line, key: path, message: "is nested deeper than \(SettingsText.maximumDepth) levels",
            fix: "settings need fewer")
    }

    private static func isAlias(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return scalar.string.unicodeScalars.first == HiddenAsterisks.standIn
    }

    /// Whether the document itself gives a value its type; quoted text has the tag `str` without it.
    private static func isTagged(_ value: Node) -> Bool {
        switch value {
        case .scalar(let scalar): scalar.tag.rawValue != (scalar.style == .plain ? Tag.Name.implicit : .str).rawValue
        case .sequence(let list): list.tag.rawValue != Tag.Name.implicit.rawValue
        case .mapping(let map): map.tag.rawValue != Tag.Name.implicit.rawValue
        case .alias: false
        }
    }

    private static func content(of scalar: Node.Scalar) -> SettingsNode.Content {
        let text = HiddenAsterisks.restore(in: scalar.string)
        guard scalar.style == .plain else { return .scalar(text, plain: false) }
        return ["", "~", "null"].contains(text) ? .null : .scalar(text, plain: true)
    }

    private static func line(of node: Node) -> Int { node.mark?.line ?? 1 }
}
