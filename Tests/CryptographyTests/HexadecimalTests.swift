import Cryptography
import Testing

@Suite("Hexadecimal text")
struct HexadecimalTests {
    @Test("reads back what it wrote, for every byte")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.encode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.decode(Array(text.utf8)) == bytes)
        #expect(Hexadecimal.decode([]) == [])
    }

    @Test(
        "anything that would not be written is refused", arguments: ["0", "000", "0g", "AB", "0x", " 00", "00\n", "é"])
    func otherText(text: String) {
        #expect(Hexadecimal.decode(Array(text.utf8)) == nil)
    }
}
