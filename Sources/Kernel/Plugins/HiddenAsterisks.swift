/// Keeps aliases from the YAML parser, which would expand each where it stands, so that a few lines grow to any size.
///
/// While the text is parsed, another character stands for `*`. What would be an alias is then plain text that begins
/// with that character, and is refused as an alias; elsewhere the asterisk comes back. Lines stay as they are.
enum HiddenAsterisks {
    /// A private-use character; ``SettingsText`` lets no document hold it.
    static let standIn: Unicode.Scalar = "\u{E000}"

    static func hide(in text: String) -> String {
        text.utf8.contains(UInt8(ascii: "*")) ? replacing("*", with: standIn, in: text) : text
    }

    static func restore(in text: String) -> String {
        text.unicodeScalars.contains(standIn) ? replacing(standIn, with: "*", in: text) : text
    }

    private static func replacing(_ old: Unicode.Scalar, with new: Unicode.Scalar, in text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == old ? new : scalar) }
        return String(scalars)
    }
}
