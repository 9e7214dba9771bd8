import PluginKit
import PluginTesting
import Testing

@testable import TOTPFactor

@Suite("Settings of the totp provider")
struct TOTPSettingsTests {
    @Test("are sound")
    func conformance() {
        #expect(ProviderSettingsConformance(TOTPSettings.self).violations() == [])
    }

    @Test("have these defaults")
    func defaults() {
        let settings = SettingsLiteral.section([]).read(as: TOTPSettings.self).settings
        #expect(settings.issuer == nil)
        #expect(settings.algorithm == .sha1)
        #expect(settings.digits == 6)
        #expect(!settings.isStrict)
    }

    @Test("say everything that is wrong at once")
    func problems() {
        let settings: SettingsLiteral = [
            "issuer": "Acme: Harbour", "algorithm": "md5", "digits": 7, "strict": "maybe", "period": 60,
        ]
        #expect(
            settings.read(as: TOTPSettings.self).problems.map(\.description) == [
                "1: issuer: must be 1 to 64 characters without colons and control characters; write a name, such as Acme",
                "2: algorithm: must be one of sha1, sha256, sha512, is \"md5\"; write one of these words",
                "3: digits: must be 6 or 8, is 7; write 6 or 8",
                "4: strict: must be true or false, is \"maybe\"; write true or false",
                "5: period: is not a key here; remove it, or use one of: algorithm, digits, issuer, strict",
            ])
    }

    @Test("take six or eight digits", arguments: [(5, 1), (6, 0), (7, 1), (8, 0), (9, 1)])
    func digits(number: Int, problems: Int) {
        let settings: SettingsLiteral = ["digits": .plain("\(number)")]
        #expect(settings.read(as: TOTPSettings.self).problems.count == problems)
    }

    @Test(
        "take an issuer that a label can hold",
        arguments: [
            ("A", true), ("Müller & Söhne", true), (String(repeating: "é", count: 64), true), ("", false),
            (String(repeating: "x", count: 65), false), ("a:b", false), ("a\nb", false), ("a\u{7f}", false),
            ("a\u{85}b", false), ("a:\u{301}b", false), ("a\u{0}", false),
        ])
    func issuer(text: String, isTaken: Bool) {
        let settings: SettingsLiteral = ["issuer": .text(text)]
        let (read, problems) = settings.read(as: TOTPSettings.self)
        #expect(problems.isEmpty == isTaken)
        #expect(read.issuer == (isTaken ? text : nil))
    }
}
