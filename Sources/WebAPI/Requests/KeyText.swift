import Kernel
import PluginKit

/// Recognises credentials where none belong: in URLs, which logs and histories keep.
enum KeyText {
    /// How many of the characters that keys consist of hold the 256 bits of a secret. The one random text of this API
    /// that travels in URLs, a cursor, has no underscore before its last so many characters, so none looks like a key.
    private static let shortestSecret = 43

    /// Whether `text` has the form of an API key, or holds one of the tokens that Gatehouse hands out.
    static func isCredential(_ text: String) -> Bool {
        // Of every request each word is asked about; nearly all are shorter than any credential.
        guard text.utf8.count >= OpaqueToken.shortestFoundBytes else { return false }
        return isKey(text) || OpaqueToken.isFound(in: text) || AccessTokenTenant.claimed(by: text) != nil
    }

    /// Whether `text` has the form of an API key, whoever's it may be.
    static func isKey(_ text: String) -> Bool {
        guard let separator = text.utf8.lastIndex(of: UInt8(ascii: "_")) else { return false }
        return text.utf8[separator...].dropFirst().count >= shortestSecret
            && KeyAddress.find(in: SecretText(text)) != nil
    }
}
