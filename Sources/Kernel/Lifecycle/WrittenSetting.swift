package import PluginKit

extension SettingsNode {
    /// The value on one line, for people to read: sections and lists as YAML has them in flow style.
    package var written: String { WrittenSetting.text(of: self) }
}

/// Writes settings for people: what a terminal could take for more than text, and what could be taken for something else
/// than it is, stands in quotes.
enum WrittenSetting {
    static func text(of node: SettingsNode) -> String {
        switch node.content {
        case .null: "{}"
        case .scalar(let text, _): isPlain(text) ? text : quoted(text)
        case .list(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(key($0.key)): \(text(of: $0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// A JSON string. Whatever is not to be seen as it is, or turns the direction of what follows, is escaped.
    static func quoted(_ text: String) -> String {
        let inner = text.unicodeScalars.map { scalar in
            if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
            return isVisible(scalar) ? "\(scalar)" : escaped(scalar)
        }
        return "\"" + inner.joined() + "\""
    }

    private static func key(_ text: String) -> String { isPlain(text) && !text.contains(":") ? text : quoted(text) }

    /// Whether nobody could take the text for anything else.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        return first != " " && last != " " && !text.hasPrefix("- ") && !text.contains(": ")
            && text.unicodeScalars.allSatisfy { isVisible($0) && !marks.contains($0) }
    }

    /// What means something in flow style.
    private static let marks: Set<Unicode.Scalar> = [
        "\"", "'", "[", "]", "{", "}", ",", "#", "&", "*", "!", "|", ">", "%", "`", "\\",
    ]

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        .joined()
    }
}
