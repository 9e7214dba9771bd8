import Foundation

/// A login name in its one canonical form: what people are looked up by, limited by and compared by.
///
/// The form is made in this order: trim white space, normalise by NFKC, lower-case. `Alice@Example.com`, ` alice@example.com`
/// and full-width letters are one login. Text is then refused that is empty, longer than 254 bytes of UTF-8, or holds
/// white space, control, invisible, private or unassigned characters. The rules carry a version, since stored forms depend on them.
package struct Login: Hashable, Sendable {
    /// The version of the rules that ``canonical`` was made by.
    package static let formVersion = 1
    package static let maximumBytes = 254

    /// The canonical form.
    package let canonical: String
    /// As the person wrote it, trimmed; for display only.
    package let written: String

    /// `nil` for text that is no login; ``problem(with:)`` says why.
    package init?(_ text: String) {
        // Long input is refused before it costs a normalisation.
        guard text.utf8.count <= 4 * Self.maximumBytes else { return nil }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let form = trimmed.precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
        guard (1...Self.maximumBytes).contains(form.utf8.count), form.unicodeScalars.allSatisfy(Self.allows) else {
            return nil
        }
        canonical = form
        written = trimmed
    }

    /// What is wrong with `text` as a login, in words for a person; `nil` where nothing is.
    package static func problem(with text: String) -> String? {
        guard Login(text) == nil else { return nil }
        return "must be 1 to \(maximumBytes) bytes without spaces, control or invisible characters"
    }

    // Two logins are the same person's when their canonical forms have the same bytes.
    package static func == (left: Login, right: Login) -> Bool {
        left.canonical.utf8.elementsEqual(right.canonical.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in canonical.utf8 { hasher.combine(byte) }
    }

    private static func allows(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.properties.isDefaultIgnorableCodePoint, !scalar.properties.isWhitespace else { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }
}
