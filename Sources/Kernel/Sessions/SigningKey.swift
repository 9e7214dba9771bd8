import Crypto
import CryptoExtras
package import Foundation
import JWTKit
import PluginKit

/// One key pair of a tenant, ready to sign and verify with its one algorithm.
package struct SigningKey: Sendable {
    package let id: SigningKeyID
    package let algorithm: SigningAlgorithm
    package let state: State
    /// When it began to sign; `nil` for a key that has not begun.
    package let activatedAt: Date?
    /// The public half as clients read it.
    package let publicKey: PublicJWK
    // Holds this one key, so that JWTKit has no other to fall back to.
    private let collection: JWTKeyCollection

    package enum State: String, Sendable {
        /// Published, not yet signing.
        case next
        case active
        /// No longer signing; published until every token that it signed has expired.
        case retired
    }

    init(_ stored: StoredSigningKey, privateKey: [UInt8]) async throws {
        let pem = String(decoding: privateKey, as: UTF8.self)
        let collection = JWTKeyCollection()
        id = stored.id
        algorithm = stored.algorithm
        state = stored.state
        activatedAt = stored.activatedAt
        publicKey = try await stored.algorithm.load(pem, as: stored.id.description, into: collection)
        self.collection = collection
    }

    /// The compact serialisation of `claims` (RFC 7515), with `typ` in its header.
    func sign(_ claims: some JWTPayload, type: TokenType) async throws -> String {
        let header: JWTHeader = ["typ": .string(type.rawValue)]
        return try await collection.sign(claims, kid: JWKIdentifier(string: id.description), header: header)
    }

    /// The claims of a token whose signature by this key holds; its header is the caller's to check.
    func verify<Claims: JWTPayload>(_ token: String, as claims: Claims.Type) async throws -> Claims {
        try await collection.verify(token, as: claims)
    }
}

/// What a signed document is, as its `typ` says. Verifiers accept exactly one (RFC 8725, 3.11).
enum TokenType: String, Sendable {
    case access = "at+jwt"
    case revocations = "revocations+jwt"
    case deletionReceipt = "gatehouse-deletion-receipt+jwt"
}

/// A public key in the form of RFC 7517.
package struct PublicJWK: Encodable, Sendable {
    package let kty: String
    package let kid: String
    package let use = "sig"
    package let alg: String
    package var crv: String?
    package var x: String?
    package var y: String?
    package var n: String?
    package var e: String?

    private enum CodingKeys: String, CodingKey { case kty, kid, use, alg, crv, x, y, n, e }
}

extension SigningAlgorithm {
    /// The name that tokens carry (RFC 7518, RFC 8037).
    package var jwtName: String {
        switch self {
        case .es256: "ES256"
        case .eddsa: "EdDSA"
        case .rs256: "RS256"
        }
    }

    /// A new private key, in PEM.
    func makePrivateKey() throws -> String {
        switch self {
        case .es256: P256.Signing.PrivateKey().pemRepresentation
        case .eddsa: Curve25519.Signing.PrivateKey().pemRepresentation
        case .rs256: try _RSA.Signing.PrivateKey(keySize: .bits3072).pkcs8PEMRepresentation
        }
    }

    /// Adds the private key to `collection` and gives its public half.
    fileprivate func load(_ pem: String, as kid: String, into collection: JWTKeyCollection) async throws -> PublicJWK {
        let identifier = JWKIdentifier(string: kid)
        switch self {
        case .es256:
            let key = try P256.Signing.PrivateKey(pemRepresentation: pem)
            await collection.add(ecdsa: try ES256PrivateKey(backing: key), kid: identifier)
            let point = key.publicKey.rawRepresentation
            return PublicJWK(
                kty: "EC", kid: kid, alg: jwtName, crv: "P-256", x: Base64URL.encode(point.prefix(32)),
                y: Base64URL.encode(point.suffix(32)))
        case .eddsa:
            let key = try Curve25519.Signing.PrivateKey(pemRepresentation: pem)
            await collection.add(eddsa: EdDSA.PrivateKey(backing: key), kid: identifier)
            return PublicJWK(
                kty: "OKP", kid: kid, alg: jwtName, crv: "Ed25519", x: Base64URL.encode(key.publicKey.rawRepresentation)
            )
        case .rs256:
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
            await collection.add(
                rsa: try Insecure.RSA.PrivateKey(backing: key), digestAlgorithm: .sha256, kid: identifier)
            let parts = try key.publicKey.getKeyPrimitives()
            return PublicJWK(
                kty: "RSA", kid: kid, alg: jwtName, n: Base64URL.encode(parts.modulus),
                e: Base64URL.encode(parts.publicExponent))
        }
    }
}
