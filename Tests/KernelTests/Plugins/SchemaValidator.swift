import Foundation
import PluginKit

/// Holds a document against a JSON Schema, as far as ``SettingsSchema`` uses the language.
struct SchemaValidator {
    private let root: [String: Any]

    /// The text is not a JSON object.
    struct NotASchema: Error {}

    init(_ json: Data) throws {
        guard let root = try JSONSerialization.jsonObject(with: json) as? [String: Any] else { throw NotASchema() }
        self.root = root
    }

    /// The paths of all values that do not conform, of all keys that should not be there, and of all that should.
    func findings(in document: SettingsNode) -> [String] {
        findings(in: document, schema: root, path: "").sorted()
    }

    /// The schema of the key at a path.
    func property(_ path: String) -> [String: Any]? {
        path.split(separator: ".").reduce(root) { schema, key in
            (schema?["properties"] as? [String: Any])?[String(key)] as? [String: Any]
        }
    }

    private func findings(in node: SettingsNode, schema: [String: Any], path: String) -> [String] {
        guard hasType(node, schema["type"]), conforms(node, schema) else { return [path] }
        switch node.content {
        case .map(let entries): return findings(in: entries, schema: schema, path: path)
        case .list(let items):
            let element = schema["items"] as? [String: Any] ?? [:]
            return items.flatMap { findings(in: $0, schema: element, path: path) }
        case .null, .scalar: return []
        }
    }

    private func findings(in entries: [SettingsNode.Entry], schema: [String: Any], path: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        let required = schema["required"] as? [String] ?? []
        let missing = required.filter { key in !entries.contains { $0.key == key } }
        return missing.map { join(path, $0) }
            + entries.flatMap { entry -> [String] in
                let own = join(path, entry.key)
                guard let inner = properties[entry.key] else {
                    return schema["additionalProperties"] as? Bool == false ? [own] : []
                }
                return findings(in: entry.value, schema: inner, path: own)
            }
    }

    private func hasType(_ node: SettingsNode, _ type: Any?) -> Bool {
        let allowed = type as? [String] ?? (type as? String).map { [$0] } ?? []
        return allowed.isEmpty || !allowed.allSatisfy { !types(of: node).contains($0) }
    }

    private func types(of node: SettingsNode) -> [String] {
        switch node.content {
        case .null: ["null"]
        case .map: ["object"]
        case .list: ["array"]
        case .scalar(_, plain: false): ["string"]
        case .scalar("true", _), .scalar("false", _): ["boolean"]
        case .scalar(let text, _): Int(text) == nil ? ["string"] : ["integer"]
        }
    }

    private func conforms(_ node: SettingsNode, _ schema: [String: Any]) -> Bool {
        guard case .scalar(let text, _) = node.content else { return schema["enum"] == nil }
        if let words = schema["enum"] as? [String], !words.contains(text) { return false }
        if let pattern = schema["pattern"] as? String, text.range(of: pattern, options: .regularExpression) == nil {
            return false
        }
        guard let number = Int(text), let minimum = schema["minimum"] as? Int, let maximum = schema["maximum"] as? Int
        else {
            return true
        }
        return (minimum...maximum).contains(number)
    }

    private func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
