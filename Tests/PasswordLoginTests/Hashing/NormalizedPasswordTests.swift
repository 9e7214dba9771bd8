import PluginKit
import Testing

@testable import PasswordLogin

@Suite("The form in which passwords are hashed")
struct NormalizedPasswordTests {
    @Test(
        "spellings of one text have one form, and other texts another",
        arguments: [
            ("caf\u{e9}", "cafe\u{301}", true), ("ﬁne", "fine", true), ("Ａ１", "A1", true), ("\u{212B}", "\u{c5}", true),
            ("\u{3000}", " ", true), ("cafe", "caf\u{e9}", false), ("A", "a", false), ("ß", "ss", false),
            (" a", "a", false),
        ])
    func forms(left: String, right: String, areOne: Bool) throws {
        #expect(try (form(left) == form(right)) == areOne)
    }

    @Test("1024 bytes are taken, one more is not")
    func limit() throws {
        #expect(try form(String(repeating: "é", count: 512)).count == 1024)
        #expect(throws: PasswordTextProblem.tooLong) { try form(String(repeating: "é", count: 512) + "x") }
    }

    @Test(
        "bytes that are no text are refused",
        arguments: [
            [0x00], [0x61, 0x00, 0x62], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func noText(bytes: [UInt8]) {
        #expect(throws: PasswordTextProblem.notText) { try NormalizedPassword(SecretText(utf8: SecretBytes(bytes))) }
    }

    private func form(_ text: String) throws(PasswordTextProblem) -> [UInt8] {
        try NormalizedPassword(SecretText(text)).text.bytes.withExposedBytes { Array($0) }
    }
}
