import PluginKit

/// The text of a settings document: what must hold before it is parsed.
///
/// One document, in YAML 1.1 or in JSON, which YAML takes in. UTF-8, at most ``maximumBytes``, no control characters.
package struct SettingsText: Sendable {
    package static let maximumBytes = 256 * 1024
    /// How deep sections and lists may nest, the document itself included.
    package static let maximumDepth = 16

    let text: String

    /// - Throws: every line's first character that may not stand in a document, or the one reason why there is none.
    package init(_ bytes: [UInt8]) throws(SettingsProblems) {
        guard bytes.count <= Self.maximumBytes else { throw SettingsProblems(Self.tooLong) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsProblems(Self.notText(line: Self.firstInvalidLine(of: bytes)))
        }
        let problems = Self.forbiddenCharacters(in: text)
        guard problems.isEmpty else { throw SettingsProblems(problems) }
        self.text = text
    }

    private static let tooLong = SettingsProblem(
        line: 1, key: "", message: "is longer than \(maximumBytes / 1024) KiB", fix: "settings need less")

    private static func notText(line: Int) -> SettingsProblem {
        SettingsProblem(line: line, key: "", message: "is not valid UTF-8", fix: "save the file as UTF-8")
    }

    private static func firstInvalidLine(of bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let valid = lines.prefix { String(validating: $0, as: UTF8.self) != nil }
        return valid.count + 1
    }

    /// One problem for each line that holds a character which may not stand in a document.
    private static func forbiddenCharacters(in text: String) -> [SettingsProblem] {
        var problems: [SettingsProblem] = []
        var line = 1
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            if scalar == "\n" { line += 1 }
            guard isForbidden(scalar), !(offset == 0 && scalar == "\u{FEFF}"), problems.last?.line != line else {
                continue
            }
            problems.append(
                SettingsProblem(
                    line: line, key: "", message: "holds the character \(codePoint(scalar))",
                    fix: "remove the character"))
        }
        return problems
    }

    /// Control characters, line breaks that editors do not count, private-use stand-ins and code points that are none.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x00..<0x20, 0x7F...0x9F, 0x2028, 0x2029, HiddenAsterisks.standIn.value, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
