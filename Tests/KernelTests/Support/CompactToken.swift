import Crypto
import CryptoExtras
import Foundation

@testable import Kernel

/// A signed token taken apart, to be changed and put together again with a signature of the test's choice.
struct CompactToken {
    var header: [String: JSON]
    var claims: [String: JSON]
    let signature: [UInt8]
    /// What the signature of the token as it was read stands for.
    let signedText: String
    let claimsBytes: [UInt8]

    init(_ text: String) throws {
        let parts = text.split(separator: ".").map(String.init)
        guard parts.count == 3, let header = Base64URL.decode(parts[0].utf8),
            let claims = Base64URL.decode(parts[1].utf8),
            let signature = Base64URL.decode(parts[2].utf8)
        else { throw CocoaError(.coderReadCorrupt) }
        self.header = try JSONDecoder().decode([String: JSON].self, from: Data(header))
        self.claims = try JSONDecoder().decode([String: JSON].self, from: Data(claims))
        self.signature = signature
        signedText = parts[0] + "." + parts[1]
        claimsBytes = claims
    }

    /// The token as it stands now, signed by `sign`.
    func signed(by sign: ([UInt8]) throws -> [UInt8]) throws -> String {
        let parts = [try JSONEncoder().encode(header), try JSONEncoder().encode(claims)]
        let text = parts.map { Base64URL.encode($0) }.joined(separator: ".")
        return text + "." + Base64URL.encode(try sign(Array(text.utf8)))
    }
}

/// As much of JSON as tokens need.
enum JSON: Codable, Equatable {
    case text(String)
    case number(Int)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let list = try? container.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}

extension PublicJWK {
    /// Whether this key alone, rebuilt from what clients are told of it, verifies the token as it was read.
    func verifies(_ token: CompactToken) throws -> Bool {
        let message = Data(token.signedText.utf8)
        switch alg {
        case "ES256":
            let key = try P256.Signing.PublicKey(rawRepresentation: try bytes(x) + bytes(y))
            return key.isValidSignature(
                try P256.Signing.ECDSASignature(rawRepresentation: token.signature), for: message)
        case "EdDSA":
            return try Curve25519.Signing.PublicKey(rawRepresentation: try bytes(x))
                .isValidSignature(Data(token.signature), for: message)
        default:
            let key = try _RSA.Signing.PublicKey(n: try bytes(n), e: try bytes(e))
            let signature = _RSA.Signing.RSASignature(rawRepresentation: token.signature)
            return key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        }
    }

    private func bytes(_ member: String?) throws -> Data {
        guard let bytes = member.flatMap({ Base64URL.decode($0.utf8) }) else { throw CocoaError(.coderReadCorrupt) }
        return Data(bytes)
    }
}
