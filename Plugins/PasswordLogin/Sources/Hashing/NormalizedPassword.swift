import Foundation
import PluginKit

/// A password in the one form in which it is hashed, whatever keyboard and system it was typed on.
struct NormalizedPassword: Sendable {
    /// The version of the form, stored with every hash: 1 is Unicode's NFKC.
    static let version = 1
    /// The most bytes of UTF-8 that a password may have as it was typed; more is refused before any work is done.
    static let maximumSizeBytes = 1024

    /// The form itself, without U+0000, at which C's functions stop reading.
    let text: SecretText

    init(_ typed: SecretText) throws(PasswordTextProblem) {
        guard typed.bytes.count <= Self.maximumSizeBytes else { throw .tooLong }
        let valid = typed.bytes.withExposedBytes { String(validating: $0, as: UTF8.self) }
        guard let valid, !valid.utf8.contains(0) else { throw .notText }
        text = SecretText(valid.precomposedStringWithCompatibilityMapping)
    }
}

/// Why bytes are no password.
enum PasswordTextProblem: Error, Equatable {
    /// More than ``NormalizedPassword/maximumSizeBytes``.
    case tooLong
    /// No valid UTF-8, or U+0000 in it.
    case notText
}
