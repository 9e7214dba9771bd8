package import PluginKit
import Yams

/// Writes a settings tree as YAML that reads back as the same tree.
package enum SettingsWriter {
    /// The document: block style, one key to a line, keys in the order of the tree.
    package static func yaml(_ node: SettingsNode) throws -> [UInt8] {
        Array(try Yams.serialize(node: self.node(node), width: -1, allowUnicode: true, sortKeys: false).utf8)
    }

    private static func node(_ node: SettingsNode) -> Node {
        switch node.content {
        case .null: Node("null", Tag(.null), .plain)
        case .scalar(let text, let plain): scalar(text, plain: plain)
        case .list(let items): .sequence(.init(items.map(self.node), .implicit, .flow))
        case .map(let entries):
            .mapping(.init(entries.map { (scalar($0.key, plain: true), self.node($0.value)) }, .implicit, .block))
        }
    }

    private static func scalar(_ text: String, plain: Bool) -> Node {
        // Quotes tell text from a number, a boolean or nothing.
        Node(text, plain ? .implicit : Tag(.str), plain ? .plain : .doubleQuoted)
    }
}
