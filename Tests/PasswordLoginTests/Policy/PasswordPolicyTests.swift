import PluginKit
import PluginTesting
import Testing

@testable import PasswordLogin

@Suite("The password policy")
struct PasswordPolicyTests {
    @Test("counts code points of the normalised text, neither bytes nor what looks like one letter")
    func length() async throws {
        let fixture = try await PasswordLoginFixture(["minimum_length": 8])
        #expect(try await fixture.weaknesses(of: "é1ü2ö3ä") == ["too_short"])
        #expect(try await fixture.weaknesses(of: "é1ü2ö3äß") == [])
        #expect(try await fixture.weaknesses(of: "e\u{301}u\u{308}o\u{308}a\u{308}") == ["too_short"])
        #expect(
            try await fixture.weaknesses(of: "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F467} ok") == [])
    }

    @Test("refuses more than 1024 bytes, and more than 72 where bcrypt would not read them")
    func tooLong() async throws {
        let argon2 = try await PasswordLoginFixture(["history": 0])
        let text = String(repeating: "quiet harbour-", count: 80)
        #expect(try await argon2.weaknesses(of: String(text.prefix(1024))) == [])
        #expect(try await argon2.weaknesses(of: String(text.prefix(1025))) == ["too_long"])
        let bcrypt = try await PasswordLoginFixture(["history": 0, "hash": "bcrypt", "bcrypt": ["cost": 10]])
        #expect(try await bcrypt.weaknesses(of: String(text.prefix(72))) == [])
        #expect(try await bcrypt.weaknesses(of: String(text.prefix(73))) == ["too_long"])
        let peppered = try await PasswordLoginFixture(
            ["history": 0, "hash": "bcrypt", "bcrypt": ["cost": 10], "pepper": ["id": "p", "secret": "env:P"]],
            secrets: ["env:P": "0123456789abcdef"])
        #expect(try await peppered.weaknesses(of: String(text.prefix(73))) == [])
    }

    @Test("refuses control characters and U+0000", arguments: ["\u{0}", "\n", "\t", "\u{7F}", "\u{85}", "\r\n"])
    func controlCharacters(character: String) async throws {
        let fixture = try await PasswordLoginFixture()
        #expect(try await fixture.weaknesses(of: "quiet \(character) harbour") == ["invalid_text"])
    }

    @Test(
        "asks for as many classes of characters as configured",
        arguments: [
            ("quietharbour", 1), ("quietharbour7", 2), ("quiet harbour7", 3), ("Quiet harbour7", 4),
            ("ТИХАЯгавань123", 3),
        ])
    func classes(password: String, count: Int) async throws {
        for classes in 0...4 {
            let fixture = try await PasswordLoginFixture(["classes": .plain("\(classes)"), "history": 0])
            let expected = classes > count ? ["too_few_classes"] : []
            #expect(try await fixture.weaknesses(of: password) == expected, "\(classes)")
        }
    }

    @Test(
        "refuses the login and its local part, in any case and spelling",
        arguments: [
            "ada.byron@acme.example", "ADA.Byron@Acme.example", "ada.byron", "Ada.Byron", "ａda.byron",
        ])
    func login(password: String) async throws {
        let fixture = try await PasswordLoginFixture(["minimum_length": 8])
        #expect(try await fixture.weaknesses(of: password) == ["equals_login"])
    }

    @Test("gives all reasons at once, with words for the person")
    func allReasons() async throws {
        let fixture = try await PasswordLoginFixture(["classes": 3])
        #expect(
            try await fixture.weaknesses(of: "swordfish\t") == [
                "invalid_text", "too_short", "too_few_classes", "too_common",
            ])
        guard case .refused(let weaknesses) = try await fixture.prepare("swordfish", for: fixture.user) else {
            throw RefusedInTest()
        }
        #expect(weaknesses.allSatisfy { $0.message.hasSuffix(".") && !$0.message.contains("swordfish") })
    }

    @Test("lets common passwords pass where it is told to")
    func commonAllowed() async throws {
        let fixture = try await PasswordLoginFixture(["refuse_common": false, "minimum_length": 8, "history": 0])
        #expect(try await fixture.weaknesses(of: "swordfish") == [])
    }
}
