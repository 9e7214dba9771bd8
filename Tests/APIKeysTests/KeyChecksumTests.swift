import Testing

@testable import APIKeys

@Suite("The checksum of an API key")
struct KeyChecksumTests {
    @Test(
        "is CRC-32 as everybody computes it",
        arguments: [
            ("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926), ("acme_test_x", 0xA859_D694),
            ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
        ] as [(String, UInt32)])
    func vectors(text: String, number: UInt32) {
        #expect(Array(text.utf8).withUnsafeBytes(KeyChecksum.number) == number)
    }

    @Test(
        "is written in six Base62 digits, with zeros before",
        arguments: [("acme_test_x", "35993E"), ("", "000000"), ("123456789", "3jZRME")])
    func written(text: String, digits: String) {
        #expect(String(decoding: KeyChecksum.write(of: Array(text.utf8)), as: UTF8.self) == digits)
    }

    @Test("is read as it is written, and in no other way")
    func read() {
        for text in ["35993E", "35993e", "035993E", "5993E", "035993", "", "35993\u{0}", "35993_", "zzzzzz"] {
            let isRight = Array(text.utf8).withUnsafeBytes { digits in
                Array("acme_test_x".utf8).withUnsafeBytes { KeyChecksum.isWritten(in: digits, of: $0) }
            }
            #expect(isRight == (text == "35993E"), "\(text)")
        }
    }
}
