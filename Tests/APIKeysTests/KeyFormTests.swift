import Foundation
import PluginKit
import Testing

@testable import APIKeys

@Suite("The form of an API key")
struct KeyFormTests {
    // Made by Python's zlib and whole numbers, of the secret 00 01 02 … 1f.
    private static let vector =
        "acme_test_00M1WO4jL5IYa44G9v0_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0TS98R"
    private static let address = KeyAddress("00M1WO4jL5IYa44G9v0")

    private let form = KeyForm(prefix: "acme", formerPrefixes: [], environment: .test)

    @Test("is prefix, environment, address, secret and checksum, as computed by others")
    func vector() throws {
        let written = form.write(try #require(Self.address), secret: Array(0..<32))
        #expect(written.exposed == Self.vector)
        #expect(form.read(SecretText(Self.vector)) == Self.address)
    }

    @Test("holds secrets from zeros to all bits")
    func ends() throws {
        let address = try #require(Self.address)
        for byte in [UInt8.min, 1, 0x7F, 0x80, 0xFE, .max] {
            let key = form.write(address, secret: [UInt8](repeating: byte, count: 32))
            #expect(key.exposed.utf8.count == Self.vector.utf8.count)
            #expect(form.read(key) == address)
        }
    }

    @Test("is refused with a right checksum where something else is wrong")
    func checked() {
        let secret = "003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf"
        let largest = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
        let good = ["acme_test_00M1WO4jL5IYa44G9v0_\(secret)", "acme_test_1HvWXNAa75K1WLnfhB1_\(largest)"]
        for text in good { #expect(form.read(Self.checked(text)) != nil) }
        let bad = [
            "acme_live_00M1WO4jL5IYa44G9v0_\(secret)", "acmf_test_00M1WO4jL5IYa44G9v0_\(secret)",
            "acme-test_00M1WO4jL5IYa44G9v0_\(secret)", "acme_test-00M1WO4jL5IYa44G9v0_\(secret)",
            "acme_test_00M1WO4jL5IYa44G9v0-\(secret)", "acme_test_00M1WO4jL5IYa44G9v00\(secret)",
            "acme_test_1HvWXNAa80000000000_\(secret)", "acme_test_0000000005K1WLnfhB2_\(secret)",
            "acme_test_00M1WO4jL5IYa44G9v-_\(secret)", "acme_test_00M1WO4jL5IYa44G9v_0\(secret)",
            "acme_test_00M1WO4jL5IYa44G9v0_\(secret.dropLast())-",
            "acme_test_00M1WO4jL5IYa44G9v0_-\(secret.dropFirst())",
            "acme_test_00M1WO4jL5IYa44G9v0_\(secret.dropLast())\u{0}",
            "acme_test_00M1WO4jL5IYa44G9v0_\(secret.dropLast(2))é",
            // One more than the largest secret.
            "acme_test_00M1WO4jL5IYa44G9v0_\(largest.dropLast())2",
            "acme_test_00M1WO4jL5IYa44G9v0_\(String(repeating: "z", count: 43))",
            "acme_test_00M1WO4jL5IYa44G9v0_\(secret)0", "acme_test_00M1WO4jL5IYa44G9v0_\(secret.dropLast())",
            "acme__test_00M1WO4jL5IYa44G9v0_\(secret)", "_acme_test_00M1WO4jL5IYa44G9v0_\(secret)",
        ]
        for text in bad { #expect(form.read(Self.checked(text)) == nil, "\(text)") }
    }

    @Test("is looked for in no text of another length")
    func lengths() {
        for count in 0..<600 {
            let text = Self.vector.utf8.prefix(count) + [UInt8](repeating: 0x30, count: max(0, count - 79))
            let read = form.read(SecretText(utf8: SecretBytes(text)))
            #expect(read == (count == Self.vector.utf8.count ? Self.address : nil))
        }
    }

    @Test("draws every bit of a secret by chance")
    func entropy() {
        let secrets = (0..<50).map { _ in KeySecret.make() }
        #expect(secrets.allSatisfy { $0.count == 32 })
        // Each bit is set in some and clear in others; by chance, one in 2^41 runs would not see it so.
        let everSet = (0..<32).map { place in secrets.reduce(0) { $0 | $1[place] } }
        let alwaysSet = (0..<32).map { place in secrets.reduce(UInt8.max) { $0 & $1[place] } }
        #expect(everSet.allSatisfy { $0 == .max })
        #expect(alwaysSet.allSatisfy { $0 == 0 })
    }

    @Test("is what the plugin's page shows")
    func page() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "Plugins/APIKeys/README.md"), encoding: .utf8)
        let keys = page.matches(of: try Regex(form.pattern)).map { String(page[$0.range]) }
        #expect(keys == [Self.vector])
        let live = KeyForm(prefix: "acme", formerPrefixes: [], environment: .live)
        #expect(page.contains("'''\(live.pattern)'''"))
    }

    @Test("shows nothing of a key where it is printed")
    func descriptions() throws {
        let key = form.write(try #require(Self.address), secret: Array(0..<32))
        #expect("\(key)" == "<secret>")
    }

    private static func checked(_ text: String) -> SecretText {
        let bytes = Array(text.utf8)
        return SecretText(utf8: SecretBytes(bytes + KeyChecksum.write(of: bytes)))
    }
}
