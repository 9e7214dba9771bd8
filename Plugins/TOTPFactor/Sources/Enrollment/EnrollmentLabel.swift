import PluginKit

/// How an app shows a new factor among its others, and the address that tells it.
///
/// The address is the `otpauth` of the Key URI Format that Google's app began, with everything percent-encoded that is
/// not unreserved (RFC 3986, 2.3).
struct EnrollmentLabel: Sendable {
    /// Code points.
    static let longestIssuer = 64
    /// Bytes of UTF-8. With the longest issuer, encoded, it still fits into a QR code.
    static let longestLogin = 128

    let issuer: String
    let login: String

    /// - Parameters:
    ///   - issuer: loses its colons, since a colon is what ends it in a label; what is too long is cut.
    ///   - login: cut where it is too long.
    init(issuer: String, login: String) {
        let scalars = issuer.unicodeScalars.filter { $0 != ":" }
        self.issuer = String(String.UnicodeScalarView(scalars.prefix(Self.longestIssuer)))
        self.login = Self.cut(login, toBytes: Self.longestLogin)
    }

    func uri(of secret: TOTPSecret) -> SecretText {
        let (issuer, login) = (Self.percentEncoded(issuer), Self.percentEncoded(login))
        return Base32.text(of: secret.seed).withExposed { seed in
            SecretText(
                "otpauth://totp/\(issuer):\(login)?secret=\(seed)&issuer=\(issuer)"
                    + "&algorithm=\(secret.algorithm.nameInURI)&digits=\(secret.digits)"
                    + "&period=\(TimeStep.lengthSeconds)")
        }
    }

    /// By the bytes of UTF-8, whatever the text composes to.
    static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            if isUnreserved(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The longest beginning of whole code points.
    private static func cut(_ text: String, toBytes limit: Int) -> String {
        var kept = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= limit else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
