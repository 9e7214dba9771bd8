package import PluginKit
import Yams

/// Parses a settings document, YAML or JSON, into a tree that knows its lines.
///
/// A document says only what it shows: aliases, anchors, tags and a second document are refused, and so is a key that
/// stands twice.
package enum SettingsParser {
    /// The tree of the document; a section of keys and values.
    ///
    /// - Throws: everything in it that is refused; the parser itself stops at the first mistake of syntax.
    package static func parse(_ bytes: [UInt8]) throws(SettingsProblems) -> SettingsNode {
        let document = try SettingsText(bytes)
        do {
            return try parse(document)
        } catch let error as SettingsProblems {
            throw error
        } catch {
            throw SettingsProblems(SyntaxProblems.problem(of: error, in: document.text))
        }
    }

    private static func parse(_ document: SettingsText) throws -> SettingsNode {
        let parser = try Parser(yaml: HiddenAsterisks.hide(in: document.text), resolver: .basic, encoding: .utf8)
        // A node's anchor lives only as long as its parser.
        return try withExtendedLifetime(parser) {
            guard let root = try parser.singleRoot() else { throw SettingsProblems(empty(line: 1)) }
            var builder = SettingsTreeBuilder()
            let tree = builder.tree(of: root)
            guard builder.problems.isEmpty else { throw SettingsProblems(builder.problems) }
            return try section(tree)
        }
    }

    private static func section(_ tree: SettingsNode) throws(SettingsProblems) -> SettingsNode {
        switch tree.content {
        case .map: return tree
        case .null: throw SettingsProblems(empty(line: tree.line))
        case .scalar, .list:
            throw SettingsProblems(
                SettingsProblem(
                    line: tree.line, key: "", message: "must be a section of keys and values",
                    fix: "write `key: value` lines"))
        }
    }

    private static func empty(line: Int) -> SettingsProblem {
        SettingsProblem(line: line, key: "", message: "is empty", fix: "write the settings, or remove the file")
    }
}
