import Foundation
import Testing

/// A file of published test vectors: `{"source": …, "cases": […]}`, bytes in hexadecimal.
struct VectorFile<Case: Decodable>: Decodable {
    let cases: [Case]

    static func read(_ name: String) throws -> [Case] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url)).cases
    }
}

/// Bytes that a vector file writes in hexadecimal.
struct HexBytes: Decodable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let text = Array(try decoder.singleValueContainer().decode(String.self).utf8)
        bytes = try stride(from: 0, to: text.count, by: 2).map { start in
            try #require(UInt8(String(decoding: text[start..<start + 2], as: UTF8.self), radix: 16))
        }
    }
}
