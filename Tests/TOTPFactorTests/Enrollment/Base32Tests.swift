import PluginKit
import Testing

@testable import TOTPFactor

@Suite("Base 32")
struct Base32Tests {
    private struct Vector: Decodable {
        let bytes: HexBytes
        let text: String
    }

    @Test("is what the standard publishes, without padding")
    func published() throws {
        let cases = try VectorFile<Vector>.read("rfc-4648-section-10")
        #expect(cases.count == 7)
        for vector in cases {
            #expect(Base32.text(of: SecretBytes(vector.bytes.bytes)).withExposed { $0 } == vector.text)
        }
    }

    @Test("uses all of its alphabet in its order")
    func alphabet() {
        let bytes: [UInt8] = [
            0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF, 0x84, 0x65, 0x3A, 0x56, 0xD7, 0xC6, 0x75, 0xBE,
            0x77, 0xDF,
        ]
        let text = Base32.text(of: SecretBytes(bytes)).withExposed { $0 }
        #expect(text == "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    }
}
