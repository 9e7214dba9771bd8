package import PluginKit

/// The reference of all settings as a Markdown table: path, type, default, meaning.
///
/// Made from the same declarations that read the document.
package struct SettingsReference: Sendable {
    private let fields: [SettingsField]

    package init(fields: [SettingsField]) {
        self.fields = fields
    }

    /// The table, its lines in the order of the declarations, ending with a line break.
    package func markdown() -> String {
        let header = ["| Setting | Type | Default | Meaning |", "| --- | --- | --- | --- |"]
        return (header + Self.rows(fields, under: "")).joined(separator: "\n") + "\n"
    }

    private static func rows(_ fields: [SettingsField], under path: String) -> [String] {
        fields.flatMap { field in
            let own = path.isEmpty ? field.key : "\(path).\(field.key)"
            let row = [row(field, path: own)]
            guard case .section(let inner) = field.shape else { return row }
            return row + rows(inner, under: own)
        }
    }

    private static func row(_ field: SettingsField, path: String) -> String {
        let fallback = field.isRequired ? "required" : field.defaultText.map { "`\($0)`" } ?? ""
        return "| `\(path)` | \(ShapeText.describe(field.shape)) | \(fallback) | \(escaped(field.meaning)) |"
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

/// The kinds of setting in words.
enum ShapeText {
    static func describe(_ shape: SettingsField.Shape) -> String {
        switch shape {
        case .boolean: "true or false"
        case .integer(let range): "integer, \(range.lowerBound) to \(range.upperBound)"
        case .duration: "duration" + range(of: shape)
        case .text: "text"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: " or ")
        case .secret: "reference to a secret"
        case .list(let element): "list of " + describe(element)
        case .section: "section"
        }
    }

    /// What a duration's length may be, to follow its name; nothing for other kinds.
    static func range(of shape: SettingsField.Shape) -> String {
        guard case .duration(let minimum, let maximum) = shape else { return "" }
        return ", \(DurationText.write(minimum)) to \(DurationText.write(maximum))"
    }
}
