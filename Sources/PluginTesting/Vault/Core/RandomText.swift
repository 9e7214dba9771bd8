import Foundation

/// Names nobody can guess, in the forms that Vault gives them.
enum RandomText {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    static func hexadecimal(bytes count: Int) -> String {
        hexadecimal(bytes(count))
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// In the form of a UUID, though of no version.
    static func identifier() -> String {
        let digits = Array(hexadecimal(bytes: 16).utf8)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
            .joined(separator: "-")
    }

    static func accessor() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".unicodeScalars)
        return bytes(24).reduce(into: "") { $0.unicodeScalars.append(letters[Int($1) % letters.count]) }
    }

    static func serviceToken() -> String { "hvs.CAESI" + base64URL(64) }

    static func batchToken() -> String { "hvb.AAAAAQ" + base64URL(96) }

    private static func base64URL(_ count: Int) -> String {
        Data(bytes(count)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
