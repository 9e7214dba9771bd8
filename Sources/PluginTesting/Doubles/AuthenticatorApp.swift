private import Crypto
public import Foundation
public import PluginKit

/// An authenticator app: it takes in the address that a person is shown, and gives the codes of RFC 6238.
///
/// It reads the address with Foundation and computes with swift-crypto, so that it agrees with a provider only where
/// both are right.
public struct AuthenticatorApp: Sendable {
    public let issuer: String
    /// The login, as the label has it.
    public let account: String
    public let digits: Int
    public let periodSeconds: Int
    private let algorithm: String
    private let seed: [UInt8]

    /// - Throws: ``UnreadableAddress`` where the address is not one that apps agree on.
    public init(scanning uri: SecretText) throws {
        guard let parts = URLComponents(string: uri.withExposed { $0 }), parts.scheme == "otpauth", parts.host == "totp"
        else { throw UnreadableAddress(what: "the address") }
        let items = (parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        let values = try Dictionary(items) { _, _ in throw UnreadableAddress(what: "a key that comes twice") }
        // The colon in between is written as such; one within is encoded.
        let label = parts.percentEncodedPath.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.removingPercentEncoding }
        guard label.count == 2, let first = label[0], let account = label[1], let issuer = values["issuer"],
            first == issuer
        else { throw UnreadableAddress(what: "the label") }
        guard let digits = values["digits"].flatMap({ Int($0) }), let period = values["period"].flatMap({ Int($0) }),
            let algorithm = values["algorithm"], ["SHA1", "SHA256", "SHA512"].contains(algorithm),
            (6...8).contains(digits), period > 0
        else { throw UnreadableAddress(what: "how codes are made") }
        guard let seed = Self.decodedBase32(values["secret"] ?? ""), !seed.isEmpty else {
            throw UnreadableAddress(what: "the secret")
        }
        (self.issuer, self.account, self.digits, periodSeconds) = (issuer, account, digits, period)
        (self.algorithm, self.seed) = (algorithm, seed)
    }

    /// What the app shows at `time`.
    public func code(at time: Date) -> String {
        let step = UInt64(time.timeIntervalSince1970) / UInt64(periodSeconds)
        let mac = mac(of: withUnsafeBytes(of: step.bigEndian) { Array($0) })
        let offset = Int(mac[mac.count - 1] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
        let text = "\(number % modulus)"
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    private func mac(of message: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: seed)
        return switch algorithm {
        case "SHA1": Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        case "SHA256": Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        default: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }

    private static func decodedBase32(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bits: [Bool] = []
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits += (0..<5).reversed().map { value >> $0 & 1 == 1 }
        }
        return stride(from: 0, to: bits.count - bits.count % 8, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    /// An address that an app could not take in.
    public struct UnreadableAddress: Error, CustomStringConvertible {
        /// What of it is wrong, without the secret.
        public let what: String

        public var description: String { "an app cannot read \(what)" }
    }
}
