/// Text made fit for one line of a log or a terminal: whatever a terminal or a line reader could take for more than text is escaped.
package enum LogText {
    /// A JSON string (RFC 8259), quotes included.
    static func quoted(_ text: String) -> String {
        // Nearly all of it needs nothing.
        if isPlain(text) { return "\"\(text)\"" }
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            append(scalar, to: &result)
        }
        return result + "\""
    }

    /// Whether a text stands for itself in a JSON string.
    static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy(isPlain) }

    /// The text with its control characters escaped, and otherwise as it is.
    package static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { append($1, to: &$0) }
    }

    /// Whether a byte is a visible character or a blank that stands for itself in a JSON string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar.value {
        // C0, DEL and C1 controls, and the two separators that some readers break lines at.
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }
}
