import Foundation
import PluginKit

/// Everything at one path of a key-value engine.
struct KVDocument: Sendable {
    /// Each field with its version.
    let fields: [String: (value: KVField, version: String)]
    let changedAt: Date?
}

/// The value of one field.
enum KVField: Sendable, Decodable {
    case text(SecretBytes)
    /// A number, a list, an object, a boolean or nothing.
    case notText

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(SecretBytes(text.utf8))
        } else {
            self = .notText
        }
    }
}

/// Times as Vault writes them: RFC 3339 in UTC with up to nine digits behind the second.
enum VaultTime {
    static func read(_ text: String) -> Date? {
        guard text.utf8.last == UInt8(ascii: "Z") else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1)
        guard let whole = parts.first, let second = try? Date("\(whole)Z", strategy: .iso8601) else { return nil }
        guard parts.count == 2 else { return second }
        return Double("0.\(parts[1])").map { second + $0 }
    }
}
