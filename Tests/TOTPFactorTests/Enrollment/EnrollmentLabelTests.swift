import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import TOTPFactor

@Suite("The address of a new factor")
struct EnrollmentLabelTests {
    private static let secret = TOTPSecret(
        factor: .make(at: Date(timeIntervalSince1970: 0)), seed: SecretBytes(Array("12345678901234567890".utf8)),
        algorithm: .sha1, digits: 6)

    @Test("is written like this")
    func whole() {
        #expect(
            uri(issuer: "Acme", login: "ada@acme.example")
                == "otpauth://totp/Acme:ada%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Acme&algorithm=SHA1&digits=6&period=30")
    }

    @Test(
        "encodes everything but unreserved characters, by its bytes",
        arguments: [
            ("AZaz09-._~", "AZaz09-._~"), ("Acme Inc.", "Acme%20Inc."), ("a:b", "a%3Ab"), ("a+b", "a%2Bb"),
            ("Müller & Söhne", "M%C3%BCller%20%26%20S%C3%B6hne"), ("100%/?#=", "100%25%2F%3F%23%3D"),
            ("mu\u{308}", "mu%CC%88"), ("\r\n\u{0}\u{9}", "%0D%0A%00%09"), ("港", "%E6%B8%AF"), ("🔑", "%F0%9F%94%91"),
            ("a\"<>'b", "a%22%3C%3E%27b"),
        ])
    func encoding(text: String, encoded: String) {
        #expect(EnrollmentLabel.percentEncoded(text) == encoded)
    }

    @Test(
        "means what was said, to an app that reads it",
        arguments: [
            ("Acme Inc.", "ada"), ("Müller & Söhne", "ada+sea&digits=8@acme.example"),
            ("50%=?#/\\", "%41?secret=X#"), ("港口", "艾達:byron"), ("A", ":"),
        ])
    func reading(issuer: String, login: String) throws {
        let app = try AuthenticatorApp(scanning: SecretText(uri(issuer: issuer, login: login)))
        #expect(app.issuer == issuer)
        #expect(app.account == login)
        #expect(app.digits == 6)
        #expect(app.periodSeconds == 30)
    }

    @Test("has an issuer without colons, cut after 64 characters, and a login cut after 128 bytes")
    func limits() {
        #expect(EnrollmentLabel(issuer: "Acme: Harbour:", login: "").issuer == "Acme Harbour")
        #expect(EnrollmentLabel(issuer: String(repeating: "é", count: 65), login: "").issuer.unicodeScalars.count == 64)
        let long = EnrollmentLabel(issuer: "", login: "a" + String(repeating: "é", count: 64))
        #expect(long.login.utf8.count == 127, "a code point is kept whole or not at all")
        let login = String(repeating: "x", count: 128)
        #expect(EnrollmentLabel(issuer: "", login: login).login == login)
    }

    private func uri(issuer: String, login: String) -> String {
        EnrollmentLabel(issuer: issuer, login: login).uri(of: Self.secret).withExposed { $0 }
    }
}
