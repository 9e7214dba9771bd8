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

    /// Reads what ``encode(_:)`` wrote.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = RFC3339.read(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time")
            }
            return date
        }
        return try decoder.decode(type, from: Data(bytes))
    }
}
