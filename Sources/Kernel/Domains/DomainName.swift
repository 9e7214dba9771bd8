package import PluginKit

/// The name of a domain in the one form that it is written, stored and compared in: `auth.acme.example`.
///
/// Two labels or more, at most 253 bytes, of `a`-`z`, `0`-`9` and `-` in lower case, without a dot at the end and without a
/// port. Names of other scripts stand in their ASCII form (`xn--…`, RFC 5890), as browsers send them, so that no two names
/// look the same here and are not. Addresses and wildcards are no names.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// `nil` for text that is not in this form; ``problem(_:)`` says why.
    package init?(_ text: String) {
        guard Self.problem(text) == nil else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// What is wrong with `text` as a domain, in words for a person; `nil` where nothing is.
    package static func problem(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return problem(ofBytes: bytes)
            ?? problem(ofLabels: bytes.split(separator: dot, omittingEmptySubsequences: false))
    }

    /// The rule for a setting or a field that is a domain.
    package static let check = TextCheck(
        pattern: #"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"#,
        fix: "write a domain such as auth.acme.example", problem: problem)

    private static func problem(ofBytes bytes: [UInt8]) -> String? {
        guard (1...253).contains(bytes.count) else { return "must be 1 to 253 bytes long, is \(bytes.count)" }
        guard bytes.allSatisfy({ $0 < 0x80 }) else {
            return "must be ASCII; a name in another script stands in its form for DNS, which begins with xn--"
        }
        if bytes.contains(UInt8(ascii: "/")) { return "must be a domain alone, without a scheme or a path" }
        if bytes.contains(UInt8(ascii: ":")) { return "must have no port, and must be no address" }
        if bytes.contains(UInt8(ascii: "*")) { return "must be one exact domain, without *" }
        if bytes.contains(where: (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) { return "must be in lower case" }
        guard bytes.allSatisfy({ isLetterOrDigit($0) || $0 == hyphen || $0 == dot }) else {
            return "must consist of letters, digits, - and ."
        }
        return bytes.last == dot ? "must not end with a dot" : nil
    }

    private static func problem(ofLabels labels: [ArraySlice<UInt8>]) -> String? {
        guard labels.count > 1 else { return "must have two parts or more, with a dot between" }
        guard labels.allSatisfy({ (1...63).contains($0.count) }) else {
            return "must have 1 to 63 bytes between two dots"
        }
        guard labels.allSatisfy({ $0.first != hyphen && $0.last != hyphen }) else {
            return "must have no - beside a dot or at an end"
        }
        guard labels.allSatisfy(isPlainOrEncoded) else { return "must have no -- as third and fourth byte of a part" }
        // What reads such a name as the address of a host is not ours to know (WHATWG URL, 3.5).
        return labels.last.map(isNumber) == true ? "must be a name, not an address" : nil
    }

    /// Labels with `--` at this place are kept for encodings, of which there is one (RFC 5890, 2.3.1).
    private static func isPlainOrEncoded(_ label: ArraySlice<UInt8>) -> Bool {
        guard label.count >= 4, label.dropFirst(2).prefix(2).elementsEqual([hyphen, hyphen]) else { return true }
        return label.prefix(2).elementsEqual("xn".utf8) && label.count > 4
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        let isHexadecimal = label.starts(with: "0x".utf8)
        return label.dropFirst(isHexadecimal ? 2 : 0).allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (isHexadecimal && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte))
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static let dot = UInt8(ascii: ".")
    private static let hyphen = UInt8(ascii: "-")
}
