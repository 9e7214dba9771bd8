package import Foundation
package import PluginKit

/// The JSON Schema (draft 2020-12) of a settings document, for editors and other tools.
///
/// Made from the same declarations that read the document. Rules between keys, and the ranges of durations, are beyond
/// it: `gatehouse check` has the last word.
package struct SettingsSchema: Encodable {
    private let title: String
    private let fields: [SettingsField]

    package init(title: String, fields: [SettingsField]) {
        self.title = title
        self.fields = fields
    }

    /// The schema as JSON, the same bytes for the same declarations.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    package func encode(to encoder: any Encoder) throws {
        var schema = encoder.container(keyedBy: Keyword.self)
        try schema.encode("https://json-schema.org/draft/2020-12/schema", forKey: "$schema")
        try schema.encode(title, forKey: "title")
        try schema.encode("object", forKey: "type")
        try schema.encodeSection(fields)
    }
}

/// A word of the schema language, or a name that it describes.
private struct Keyword: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init(stringLiteral value: String) { stringValue = value }
    init?(intValue: Int) { nil }
}

/// The schema of one key.
private struct FieldSchema: Encodable {
    let field: SettingsField

    func encode(to encoder: any Encoder) throws {
        var schema = encoder.container(keyedBy: Keyword.self)
        try schema.encode(field.meaning + ShapeText.range(of: field.shape), forKey: "description")
        try schema.encodeDefault(of: field)
        try ShapeSchema(shape: field.shape).encode(to: encoder)
    }
}

/// The schema of a value, whatever its key.
private struct ShapeSchema: Encodable {
    let shape: SettingsField.Shape

    func encode(to encoder: any Encoder) throws {
        var schema = encoder.container(keyedBy: Keyword.self)
        switch shape {
        case .boolean: try schema.encode("boolean", forKey: "type")
        case .integer(let range):
            try schema.encode("integer", forKey: "type")
            try schema.encode(range.lowerBound, forKey: "minimum")
            try schema.encode(range.upperBound, forKey: "maximum")
        case .duration: try schema.encodeText(pattern: "^[0-9]+[smhd]$")
        case .text(let pattern): try schema.encodeText(pattern: pattern)
        case .choice(let words): try schema.encode(words, forKey: "enum")
        case .secret: try schema.encodeText(pattern: "^[a-z_]{1,32}:.+$")
        case .list(let element):
            try schema.encode("array", forKey: "type")
            try schema.encode(ShapeSchema(shape: element), forKey: "items")
        case .section(let fields):
            // A key with nothing behind it is an empty section.
            try schema.encode(["object", "null"], forKey: "type")
            try schema.encodeSection(fields)
        }
    }
}

extension KeyedEncodingContainer<Keyword> {
    fileprivate mutating func encodeText(pattern: String?) throws {
        try encode("string", forKey: "type")
        try encodeIfPresent(pattern, forKey: "pattern")
    }

    fileprivate mutating func encodeSection(_ fields: [SettingsField]) throws {
        var properties = nestedContainer(keyedBy: Keyword.self, forKey: "properties")
        for field in fields {
            try properties.encode(FieldSchema(field: field), forKey: Keyword(stringValue: field.key))
        }
        let required = fields.filter(\.isRequired).map(\.key)
        if !required.isEmpty { try encode(required, forKey: "required") }
        try encode(false, forKey: "additionalProperties")
    }

    fileprivate mutating func encodeDefault(of field: SettingsField) throws {
        guard let text = field.defaultText else { return }
        switch field.shape {
        case .boolean: try encode(text == "true", forKey: "default")
        case .integer: try encodeIfPresent(Int(text), forKey: "default")
        case .list: if text == "[]" { try encode([String](), forKey: "default") }
        default: try encode(text, forKey: "default")
        }
    }
}
