import Cryptography
package import PluginKit

/// A bearer secret that means nothing by itself: 256 random bits behind a few letters that tell its kind.
///
/// Only the SHA-256 of the whole text is ever stored. The letters are part of what is hashed, so a token of one
/// kind can never stand in for another, whatever table it is looked up in.
package struct OpaqueToken: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case refresh = "ghr"
        case invitation = "ghi"
        case signInTransaction = "ght"
        case operatorKey = "gho"
        case enrollmentTicket = "ghe"
        case device = "ghd"
    }

    package let kind: Kind
    package let text: SecretText

    /// A new token from the system's random generator.
    package static func make(_ kind: Kind) throws -> OpaqueToken {
        OpaqueToken(kind, secret: try Randomness.bytes(secretSizeBytes))
    }

    /// A token whose 32 bytes were derived elsewhere.
    package init(_ kind: Kind, secret: [UInt8]) {
        precondition(secret.count == Self.secretSizeBytes)
        self.kind = kind
        text = SecretText("\(kind.rawValue)_\(Base64URL.encode(secret))")
    }

    /// Takes what a client sent; `nil` where it has not the form of this kind. No look-up is made for such text.
    package init?(_ kind: Kind, text: SecretText) {
        let isWellFormed = text.withExposed { text in
            let prefix = "\(kind.rawValue)_"
            guard text.utf8.starts(with: prefix.utf8) else { return false }
            return Base64URL.decode(text.utf8.dropFirst(prefix.utf8.count))?.count == Self.secretSizeBytes
        }
        guard isWellFormed else { return nil }
        self.kind = kind
        self.text = text
    }

    /// Whether a token of whatever kind, or the greater part of one, stands in `text` as a word or at a word's beginning.
    package static func isFound(in text: String) -> Bool {
        text.utf8.split { !isPart($0) }.contains { word in
            word.count >= shortestFoundBytes
                && Kind.allCases.contains { word.starts(with: "\($0.rawValue)_".utf8) }
        }
    }

    /// What is stored and looked up: the SHA-256 of the text.
    package var hash: [UInt8] { text.bytes.withExposedBytes { SHA256Digest.of($0) } }

    private static let secretSizeBytes = 32
    /// How much of a token has to be there to be found: its prefix, and a few less than the 43 characters of a secret,
    /// which are guessed soon. No name that stands in a URL is as long.
    package static let shortestFoundBytes = 4 + 37

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
