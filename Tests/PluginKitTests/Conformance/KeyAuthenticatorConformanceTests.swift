import Foundation
import PluginKit
import PluginTesting
import Testing

@Suite("The suite for key authenticators")
struct KeyAuthenticatorConformanceTests {
    @Test("has nothing to say of a good authenticator")
    func good() async {
        #expect(await rules(brokenBy: nil) == [])
    }

    @Test(
        "finds each flaw",
        arguments: [
            (.forgetsAddress, "a key reads as the address it was made for"),
            (.hidesAddress, "a key has four parts, the third its address"),
            (.repeatsSecret, "every key has a secret of its own"), (.drawsLittle, "a secret has 256 bits of chance"),
            (.checksNothing, "a key with one character wrong is no key"),
            (.checksSecretOnly, "a key with one character wrong is no key"),
            (.addsUp, "a key with one character wrong is no key"),
            (.trims, "text that is no key is not read"), (.stopsAtNUL, "text that is no key is not read"),
            (.convertsDigits, "text that is no key is not read"), (.readsBeginning, "text that is no key is not read"),
            (.ignoresCase, "a key with one character wrong is no key"), (.writesSpaces, "a key fits into a header"),
            (.writesLong, "a key fits into a header"), (.patternTooShort, "the pattern finds keys and little else"),
            (.patternTooLong, "the pattern finds keys and little else"),
            (.patternBroken, "the pattern finds keys and little else"), (.warnsTooEarly, "the policy can be kept"),
            (.cannotMake, "every key has a secret of its own"),
        ] as [(PlainKeys.Flaw, String)])
    func flaws(flaw: PlainKeys.Flaw, rule: String) async {
        #expect(await rules(brokenBy: flaw).contains(rule))
    }

    private func rules(brokenBy flaw: PlainKeys.Flaw?) async -> [String] {
        await KeyAuthenticatorConformance(PlainKeys(flaw)).violations().map(\.rule)
    }
}

/// Keys in hexadecimal digits with a checksum of eight more, and with a flaw on request.
struct PlainKeys: KeyAuthenticator {
    enum Flaw {
        case forgetsAddress, hidesAddress, repeatsSecret, drawsLittle, cannotMake, writesSpaces, writesLong
        case checksNothing, checksSecretOnly, addsUp, trims, stopsAtNUL, convertsDigits, ignoresCase, readsBeginning
        case patternTooShort, patternTooLong, patternBroken, warnsTooEarly
    }

    private static let length = "acme_live_".count + KeyAddress.length + 1 + 64 + 8

    private let flaw: Flaw?

    init(_ flaw: Flaw?) {
        self.flaw = flaw
    }

    var policy: KeyPolicy {
        // What a reader makes of settings with problems is not fit for use.
        let settings: SettingsLiteral = flaw == .warnsTooEarly ? ["max_age": "1d", "warn_before": "2d"] : [:]
        return settings.read(as: KeyPolicy.self).settings
    }

    var pattern: String {
        switch flaw {
        case .patternTooShort: #"\bacme_live_[0-9A-Za-z]{19}_[0-9a-f]{64}"#
        case .patternTooLong: #"\bacme_live_[0-9A-Za-z]{19}_[0-9a-f]{80}\b"#
        case .patternBroken: #"\bacme_live_[0-9A-Za-z"#
        default: #"\bacme_live_[0-9A-Za-z]{19}_[0-9a-f]{72}\b"#
        }
    }

    func makeKey(at address: KeyAddress) throws -> SecretText {
        if flaw == .cannotMake { throw CannotMake() }
        let separator = flaw == .hidesAddress ? "-" : "_"
        let text = "acme_live_\(address)\(separator)\(secret)"
        let padding = flaw == .writesLong ? String(repeating: "0", count: 512) : ""
        return SecretText(text + checksum(of: text) + (flaw == .writesSpaces ? " " : padding))
    }

    func read(_ key: SecretText) -> KeyAddress? {
        let text = key.withExposed(lenient)
        guard text.utf8.count >= Self.length else { return nil }
        let ignoresEnd = [.readsBeginning, .writesLong, .writesSpaces].contains(flaw)
        let bytes = ignoresEnd ? Array(text.utf8.prefix(Self.length)) : Array(text.utf8)
        let (body, last) = (String(decoding: bytes.dropLast(8), as: UTF8.self), bytes.suffix(8))
        guard bytes.count == Self.length, text.hasPrefix("acme_live_"),
            flaw == .checksNothing || last.elementsEqual(checksum(of: body).utf8)
        else { return nil }
        let address = bytes[10..<10 + KeyAddress.length]
        return KeyAddress(String(decoding: flaw == .forgetsAddress ? bytes[48..<67] : address, as: UTF8.self))
    }

    private var secret: String {
        switch flaw {
        case .repeatsSecret: String(repeating: "0f", count: 32)
        case .drawsLittle: String(repeating: "0", count: 32) + digits(16)
        default: digits(32)
        }
    }

    private func digits(_ sizeBytes: Int) -> String {
        (0..<sizeBytes).map { _ in hexadecimal(UInt64(UInt8.random(in: .min ... .max)), width: 2) }.joined()
    }

    /// Swift's own hash, which is the same as long as the tests run.
    private func checksum(of text: String) -> String {
        let bytes = Array(text.utf8.dropFirst(flaw == .checksSecretOnly ? 30 : 0))
        if flaw == .addsUp { return hexadecimal(bytes.reduce(0) { $0 + UInt64($1) }, width: 8) }
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hexadecimal(UInt64(UInt32(truncatingIfNeeded: hasher.finalize())), width: 8)
    }

    private func hexadecimal(_ number: UInt64, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    private func lenient(_ text: String) -> String {
        switch flaw {
        case .trims: text.trimmingCharacters(in: .whitespacesAndNewlines)
        case .stopsAtNUL: String(text.unicodeScalars.prefix { $0 != "\u{0}" })
        case .convertsDigits: text.precomposedStringWithCompatibilityMapping
        case .ignoresCase: text.prefix(10).lowercased() + text.dropFirst(10)
        default: text
        }
    }
}

private struct CannotMake: Error {}
