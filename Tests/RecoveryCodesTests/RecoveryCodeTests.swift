import PluginKit
import Testing

@testable import RecoveryCodes

@Suite("A recovery code")
struct RecoveryCodeTests {
    private static let written = "4r7m2-x0c9e-hq3tz-8kd5w-v1n6ya"

    @Test("is five groups of Crockford's characters")
    func format() {
        let groups = /[0-7]xxxx-xxxxx-xxxxx-xxxxx-xxxxxx/
        for _ in 0..<200 {
            let text = RecoveryCode.make().written.withExposed { $0 }
            let form = text.prefix(1) + text.dropFirst().replacing(/[0-9a-hjkmnp-tv-z]/, with: "x")
            #expect(form.wholeMatch(of: groups) != nil, "\(text)")
        }
    }

    @Test("has 128 bits that all come from chance")
    func entropy() {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        let values = (0..<50).map { _ in
            RecoveryCode.make().written.withExposed { $0 }.filter { $0 != "-" }.reduce(UInt128(0)) {
                $0 << 5 | UInt128(alphabet.firstIndex(of: $1) ?? 0)
            }
        }
        #expect(Set(values).count == 50)
        // Each bit is set in some and clear in others; by chance, one in 2^40 runs would not see it so.
        #expect(values.reduce(0, |) == .max)
        #expect(values.reduce(.max, &) == 0)
    }

    @Test("is read back from how it is written")
    func roundTrip() throws {
        for _ in 0..<50 {
            let code = RecoveryCode.make()
            let read = try #require(RecoveryCode(typed: code.written))
            #expect(read.hash.matches(code.hash))
        }
    }

    @Test("is hashed by its 26 characters in lower case")
    func hash() throws {
        // printf 4r7m2x0c9ehq3tz8kd5wv1n6ya | sha256sum
        let expected: [UInt8] = [
            0x79, 0x95, 0x41, 0x22, 0x57, 0xA5, 0x25, 0xAA, 0xF6, 0x72, 0xC1, 0x12, 0x8F, 0x49, 0xE4, 0x8D,
            0x60, 0x65, 0x95, 0xBB, 0x02, 0x75, 0xCA, 0x86, 0x44, 0x18, 0xF9, 0x51, 0xE3, 0x29, 0x05, 0x00,
        ]
        for text in [Self.written, Self.written.uppercased(), Self.written.replacing("-", with: "")] {
            let code = try #require(RecoveryCode(typed: SecretText(text)))
            #expect(code.hash.withExposedBytes { Array($0) } == expected)
        }
    }

    @Test(
        "is not what merely resembles one",
        arguments: [
            "", "4r7m2-x0c9e-hq3tz-8kd5w-v1n6y", "4r7m2-x0c9e-hq3tz-8kd5w-v1n6yaa", " 4r7m2-x0c9e-hq3tz-8kd5w-v1n6ya",
            "4r7m2-x0c9e-hq3tz-8kd5w-v1n6ya ", "4r7m2-x0c9e-hq3tz-8kd5w-v1n6ya\n",
            "4r7m2-x0c9e-hq3tz-8kd5w-v1n6ya\u{0}",
            "4r7m2 x0c9e hq3tz 8kd5w v1n6ya", "4r7m-2x0c9e-hq3tz-8kd5w-v1n6ya", "4r7m2-x0c9ehq3tz8kd5wv1n6ya",
            "4r7m2x0c9e-hq3tz-8kd5w-v1n6ya", "-4r7m2x0c9ehq3tz8kd5wv1n6ya", "4r7m2--0c9e-hq3tz-8kd5w-v1n6ya",
            "4r7m2-xoc9e-hq3tz-8kd5w-v1n6ya", "4r7m2-x0c9e-hq3tz-8kd5w-vin6ya", "4r7m2-x0c9e-hq3tz-8kd5w-vln6ya",
            "4r7m2-x0c9e-hq3tz-8kd5w-vun6ya", "8r7m2-x0c9e-hq3tz-8kd5w-v1n6ya", "zr7m2-x0c9e-hq3tz-8kd5w-v1n6ya",
            "4r7m2–x0c9e–hq3tz–8kd5w–v1n6ya", "４r7m2x0c9ehq3tz8kd5wv1n6y", "4r7m2x0c9ehq3tz8kd5wv1n6\u{130}",
            "4r7m2x0c9ehq3tz8\u{212A}d5wv1n", "4r7m2x0c9ehq3tz8kd5wv1n6y\u{0}", "4r7m2x0c9ehq3tz8kd5wv1n6y@",
            "4r7m2x0c9ehq3tz8kd5wv1n6y[", "4r7m2x0c9ehq3tz8kd5wv1n6y`",
        ])
    func form(text: String) {
        #expect(RecoveryCode(typed: SecretText(Self.written)) != nil)
        #expect(RecoveryCode(typed: SecretText(text)) == nil)
    }

    @Test("is not text of any length")
    func huge() {
        #expect(RecoveryCode(typed: SecretText(String(repeating: "0", count: 1 << 20))) == nil)
        #expect(RecoveryCode(typed: SecretText(utf8: SecretBytes([UInt8](repeating: 0xFF, count: 26)))) == nil)
    }
}
