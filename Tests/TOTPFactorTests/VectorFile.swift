import Foundation
import PluginKit
import Testing

@testable import TOTPFactor

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

/// A code that a document says is right for a seed at a time.
struct PublishedCode: Decodable {
    let seed: HexBytes
    let algorithm: String
    let step: Int64?
    let seconds: Double?
    let code: String

    var timeStep: TimeStep {
        step.map(TimeStep.init(number:)) ?? TimeStep(at: Date(timeIntervalSince1970: seconds ?? 0))
    }

    func secret() throws -> TOTPSecret {
        TOTPSecret(
            factor: .make(at: Date(timeIntervalSince1970: 0)), seed: SecretBytes(seed.bytes),
            algorithm: try #require(TOTPAlgorithm(rawValue: algorithm)), digits: code.utf8.count)
    }
}
