package import PluginKit

/// A tenant's document on its way into the database: what a configuration says, under a slug and a name.
///
/// A configuration is a document like any tenant file. Its `tenant` and `name` may be left out, since whoever sends it names
/// them beside it; where they stand there, they must say the same.
package struct TenantDraft: Sendable {
    /// The whole document.
    package let document: SettingsNode

    /// - Throws: what is wrong with the configuration's `tenant` or `name`.
    package init(slug: TenantSlug, name: String, configuration: SettingsNode) throws(SettingsProblems) {
        let entries = try Self.entries(of: configuration)
        var problems: [SettingsProblem] = []
        for (key, expected) in [("tenant", slug.text), ("name", name)] {
            guard let entry = entries.first(where: { $0.key == key }), !Self.says(entry.value, expected) else {
                continue
            }
            problems.append(
                SettingsProblem(
                    line: entry.line, key: key,
                    message: "must be `\(expected)`, as it is called beside the configuration",
                    fix: "write the same, or leave it out"))
        }
        problems += entries.filter { $0.key == "domains" }.map(Self.undeclarable)
        guard problems.isEmpty else { throw SettingsProblems(problems) }
        let head = [Self.entry("tenant", slug.text), Self.entry("name", name)]
        let rest = entries.filter { $0.key != "tenant" && $0.key != "name" }
        document = SettingsNode(.map(head + rest), line: 1)
    }

    /// A domain of a tenant that no file describes is served when it is proved, not when it is written down.
    private static func undeclarable(_ entry: SettingsNode.Entry) -> SettingsProblem {
        SettingsProblem(
            line: entry.line, key: "domains", message: "is only for tenants that a file describes",
            fix: "leave it out, and add domains with `gatehouse tenants domains add`")
    }

    /// The document in YAML.
    package func bytes() throws -> [UInt8] { try SettingsWriter.yaml(document) }

    private static func entries(of node: SettingsNode) throws(SettingsProblems) -> [SettingsNode.Entry] {
        switch node.content {
        case .map(let entries): return entries
        case .null: return []
        case .scalar, .list:
            throw SettingsProblems([
                SettingsProblem(
                    line: node.line, key: "", message: "must be a section of keys and values",
                    fix: "write `key: value` lines")
            ])
        }
    }

    private static func says(_ node: SettingsNode, _ text: String) -> Bool {
        if case .scalar(let written, _) = node.content { written.utf8.elementsEqual(text.utf8) } else { false }
    }

    private static func entry(_ key: String, _ text: String) -> SettingsNode.Entry {
        .init(key: key, line: 1, value: SettingsNode(.scalar(text, plain: false), line: 1))
    }
}

extension SettingsNode {
    /// Whether two trees say the same, whatever the order of their keys and however their texts are quoted. A section that
    /// was left empty is one without keys.
    package func means(_ other: SettingsNode) -> Bool {
        switch (content, other.content) {
        case (.null, .null): true
        case (.null, .map(let entries)), (.map(let entries), .null): entries.isEmpty
        case (.scalar(let left, _), .scalar(let right, _)): left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.means($1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && left.allSatisfy { entry in
                    right.contains { $0.key.utf8.elementsEqual(entry.key.utf8) && entry.value.means($0.value) }
                }
        default: false
        }
    }
}
