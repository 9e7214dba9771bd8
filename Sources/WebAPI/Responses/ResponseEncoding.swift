import Foundation

/// How answers are written: JSON with `snake_case` names in alphabetical order, times by RFC 3339.
///
/// An optional that is `nil` is left out; a type that owes its client a `null` encodes it itself.
enum ResponseEncoding {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(RFC3339.write(date))
        }
        return Array(try encoder.encode(value))
    }
}
