import Crypto
import DatabaseTesting
import Foundation
import PluginKit

@testable import Kernel

extension TestTenant {
    /// The claims of an access token, if it is valid now.
    func verify(_ text: String) async throws -> AccessTokenClaims? {
        try await services.accessTokens(of: tenant).verify(text)
    }

    /// Signs with the tenant's own ES256 key, which no attacker has.
    func activeKey() async throws -> @Sendable ([UInt8]) throws -> [UInt8] {
        let id = try await services.signingKeys.keys(of: tenant).active.id
        let stored = try await database.rows(ListSigningKeys(retiredSince: .distantFuture))
        let keyring = try await services.hierarchy.keyring(of: self.id, in: database)
        guard let sealed = stored.first(where: { $0.id == id })?.sealedPrivate else { throw KeyringError.unknownKey }
        let pem = try keyring.open(sealed, at: Cell(.signingKeyPrivate, row: id))
        let key = try P256.Signing.PrivateKey(pemRepresentation: String(decoding: pem, as: UTF8.self))
        return { Array(try key.signature(for: $0).rawRepresentation) }
    }
}
