import Testing

@testable import Kernel

@Suite("Base 64 for addresses")
struct Base64URLTests {
    @Test(
        "the published vectors hold (RFC 4648, 10, without padding)",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ plain: String, _ encoded: String) {
        #expect(Base64URL.encode(plain.utf8) == encoded)
        #expect(Base64URL.decode(encoded.utf8) == Array(plain.utf8))
    }

    @Test("the two characters of this alphabet are - and _")
    func alphabet() {
        #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
        #expect(Base64URL.decode("-_8".utf8) == [0xfb, 0xff])
    }

    @Test(
        "there is one spelling of each value",
        arguments: ["Zg==", "Zg=", "Zh", "Z", "Zm9v\n", " Zm9v", "+_8", "-/8", "Zm 9v", "Zé"])
    func others(_ text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
