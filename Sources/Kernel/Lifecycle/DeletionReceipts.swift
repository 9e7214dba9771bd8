import Crypto
import Cryptography
import Foundation
import JWTKit
import PluginKit

/// Signs receipts of deletions and reads them, with Ed25519 keys that are derived from the process's own secret.
///
/// Receipts of the previous secret are read as well. Whoever keeps a receipt for longer keeps the public key beside it.
package struct DeletionReceipts: Sendable {
    /// Longer text is not looked at.
    static let maximumBytes = 64 * 1024

    private let secrets: PlatformSecrets

    init(secrets: PlatformSecrets) {
        self.secrets = secrets
    }

    /// The public halves of the keys; the one that signs comes first.
    package func publicKeys() async throws -> [PublicJWK] {
        try await keys().map(\.publicKey)
    }

    /// What a receipt says that this installation has signed; `nil` for any other text.
    package func read(_ text: String) async throws -> DeletionReceipt? {
        guard text.utf8.count <= Self.maximumBytes, let header = TokenHeader(of: text),
            header.typ == TokenType.deletionReceipt.rawValue, header.alg == ReceiptKey.algorithm
        else { return nil }
        // The key is the installation's own, found by its name; nothing of the text chooses another.
        guard let key = try await keys().first(where: { $0.publicKey.kid == header.kid }) else { return nil }
        return await key.read(text)
    }

    func sign(_ receipt: DeletionReceipt) async throws -> String {
        guard let key = try await keys().first else { throw KeyringError.unknownKey }
        return try await key.sign(receipt)
    }

    private func keys() async throws -> [ReceiptKey] {
        var keys: [ReceiptKey] = []
        for seed in try secrets.derivedKeys(for: "deletion-receipt-v1") {
            keys.append(try await ReceiptKey(seed: seed))
        }
        return keys
    }
}

/// A key pair that signs receipts.
private struct ReceiptKey {
    static let algorithm = "EdDSA"

    let publicKey: PublicJWK
    // Holds this one key, so that JWTKit has no other to fall back to.
    private let collection = JWTKeyCollection()

    init(seed: KeyBytes) async throws {
        let key = try seed.withExposedBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
        let point = Base64URL.encode(key.publicKey.rawRepresentation)
        // The key's thumbprint (RFC 7638, RFC 8037).
        let members = Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(point)"}"#.utf8)
        let name = Base64URL.encode(SHA256Digest.of(members))
        publicKey = PublicJWK(kty: "OKP", kid: name, alg: Self.algorithm, crv: "Ed25519", x: point)
        await collection.add(eddsa: EdDSA.PrivateKey(backing: key), kid: JWKIdentifier(string: name))
    }

    func sign(_ receipt: DeletionReceipt) async throws -> String {
        let header: JWTHeader = ["typ": .string(TokenType.deletionReceipt.rawValue)]
        return try await collection.sign(receipt, kid: JWKIdentifier(string: publicKey.kid), header: header)
    }

    func read(_ text: String) async -> DeletionReceipt? {
        try? await collection.verify(text, as: DeletionReceipt.self)
    }
}
