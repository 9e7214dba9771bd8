import Foundation
import PluginKit
import Testing

@Suite("The address of an API key")
struct KeyAddressTests {
    private static let written = "00M1WO4jL5IYa44G9v0"

    @Test("is the random ends of both identifiers, in nine and ten digits")
    func form() throws {
        let address = try Self.address(
            of: 0x0197_6543_2100_7ABC_8DEF_0123_4567_89AB, 0x0197_6543_2100_7ABC_8DFE_DCBA_9876_5432)
        #expect(address.tenant.number == 0x0123_4567_89AB)
        #expect(address.key.number == 0xFE_DCBA_9876_5432)
        #expect(address.tenant.description == "00M1WO4jL")
        #expect(address.key.description == "5IYa44G9v0")
        #expect(address.description == Self.written)
        #expect(KeyAddress.length == 19)
    }

    @Test("reaches from zeros to all bits")
    func ends() throws {
        #expect(try Self.address(of: 0, 0).description == "0000000000000000000")
        #expect(try Self.address(of: .max, .max).description == "1HvWXNAa75K1WLnfhB1")
    }

    @Test("is read back from how it is written, as text and as bytes")
    func roundTrip() {
        for _ in 0..<200 {
            let address = Self.anyAddress()
            #expect(KeyAddress(address.description) == address)
            #expect(Array(address.description.utf8).withUnsafeBytes { KeyAddress(digits: $0) } == address)
        }
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "00M1WO4jL5IYa44G9v", "00M1WO4jL5IYa44G9v00", " 00M1WO4jL5IYa44G9v", "00M1WO4jL5IYa44G9v\n",
            "00M1WO4jL-IYa44G9v0", "00M1WO4jL5IYa44G9v\u{0}", "00M1WO4jL5IYa44G9v０", "00M1WO4jL5IYa44G9v\u{301}",
            // One above the highest tag of a tenant, and of a key.
            "1HvWXNAa80000000000", "0000000005K1WLnfhB2", "zzzzzzzzzzzzzzzzzzz",
        ])
    func refusals(text: String) {
        #expect(KeyAddress(text) == nil)
        #expect(Array(text.utf8).withUnsafeBytes { KeyAddress(digits: $0) } == nil)
    }

    @Test("is found in the third of four parts, whatever the other three are")
    func find() {
        let expected = KeyAddress(Self.written)
        for key in ["acme_live_\(Self.written)_x", "a_b_\(Self.written)_\(String(repeating: "é", count: 200))"] {
            #expect(KeyAddress.find(in: SecretText(key)) == expected)
        }
        let notUTF8 = SecretBytes([0xFF, 0x5F, 0x5F] + Array(Self.written.utf8) + [0x5F, 0xC0])
        #expect(KeyAddress.find(in: SecretText(utf8: notUTF8)) == expected)
    }

    @Test(
        "is not found where there are not four parts, or elsewhere than in the third",
        arguments: [
            "", "_", "__", "___", "____", written, "_\(written)", "a_\(written)_x", "a_b_\(written)",
            "a_b_c_\(written)",
            "a_\(written)_b_x", "a_b_\(written)_x_", "_a_b_\(written)_x", "a_b_\(written)-x", "a_b_ \(written)_x",
            "a_b_\(written)\u{301}_x", "a_b__x", "a-b-\(written)-x",
        ])
    func findNothing(text: String) {
        #expect(KeyAddress.find(in: SecretText(text)) == nil)
    }

    @Test("is looked for in 512 bytes, and in nothing longer")
    func longText() {
        let start = "a_b_\(Self.written)_"
        let longest = start + String(repeating: "x", count: KeyAddress.longestKeyBytes - start.utf8.count)
        #expect(KeyAddress.find(in: SecretText(longest)) == KeyAddress(Self.written))
        #expect(KeyAddress.find(in: SecretText(longest + "x")) == nil)
        #expect(KeyAddress.find(in: SecretText(start + String(repeating: "x", count: 1 << 20))) == nil)
    }

    private static func address(of tenant: UInt128, _ key: UInt128) throws -> KeyAddress {
        KeyAddress(
            tenant: TenantTag(TenantID(rawValue: try uuid(tenant))), key: KeyTag(KeyID(rawValue: try uuid(key))))
    }

    private static func uuid(_ number: UInt128) throws -> UUID {
        try #require(withUnsafeBytes(of: number.bigEndian) { UUID(bytes: Array($0)) })
    }

    private static func anyAddress() -> KeyAddress {
        let time = Date(timeIntervalSince1970: 1_750_000_000)
        return KeyAddress(tenant: TenantTag(.make(at: time)), key: KeyTag(.make(at: time)))
    }
}
