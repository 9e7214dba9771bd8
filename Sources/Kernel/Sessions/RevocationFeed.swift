import Cryptography
package import Foundation
import JWTKit
import PluginKit

/// The sessions of a tenant that were ended while an access token of theirs may still be valid, as a signed list.
///
/// A service that verifies access tokens by itself reads the list every few seconds and refuses tokens whose `sid` is on it.
package struct RevocationFeed: Sendable {
    private let tenant: Tenant
    private let keys: SigningKeys
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, keys: SigningKeys, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.keys = keys
        self.now = now
    }

    /// The list at this moment.
    package func current() async throws -> RevocationList {
        let lifetime = tenant.policy.accessTokenLifetime.timeInterval
        let ended = try await tenant.database.rows(ListEndedSessions(since: now().addingTimeInterval(-lifetime)))
        let revoked = ended.map { RevocationClaims.Entry(sid: $0.id, at: Int($0.endedAt.timeIntervalSince1970)) }
        let issuedAt = Int(now().timeIntervalSince1970)
        let claims = RevocationClaims(
            iss: tenant.issuer, iat: issuedAt, exp: issuedAt + Int(lifetime), revoked: revoked)
        let token = try await keys.keys(of: tenant).active.sign(claims, type: .revocations)
        return RevocationList(token: token, tag: Self.tag(of: revoked))
    }

    /// Changes exactly when the list does, whenever and by whatever key it was signed.
    private static func tag(of revoked: [RevocationClaims.Entry]) -> String {
        Base64URL.encode(SHA256Digest.of(LengthPrefixed.encode(revoked.map { $0.sid.rawValue.byteArray })).prefix(16))
    }
}

/// A signed list of ended sessions.
package struct RevocationList: Sendable {
    /// A JSON Web Token of the type `revocations+jwt`: `iss`, `iat`, `exp`, and `revoked`, a list of `sid` and `at`.
    package let token: String
    /// For `ETag`.
    package let tag: String
}

struct RevocationClaims: JWTPayload {
    struct Entry: Codable, Sendable {
        let sid: SessionID
        let at: Int
    }

    let iss: String
    let iat: Int
    let exp: Int
    let revoked: [Entry]

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
