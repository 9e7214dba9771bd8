package import Foundation
import JWTKit
package import PluginKit

/// What an access token says (RFC 9068), as this program writes and reads it.
package struct AccessTokenClaims: Codable, Sendable {
    package let iss: String
    package let aud: String
    package let sub: UserID
    package let tid: TenantID
    package let sid: SessionID
    package let jti: String
    package let iat: Int
    package let nbf: Int
    package let exp: Int
    package let authTime: Int
    package let amr: [String]
    package let acr: String
    package let roles: [String]

    private enum CodingKeys: String, CodingKey {
        case iss, aud, sub, tid, sid, jti, iat, nbf, exp
        case authTime = "auth_time"
        case amr, acr, roles
    }
}

extension AccessTokenClaims: JWTPayload {
    // The checks need the tenant and the time; AccessTokens makes them.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}

/// Writes and reads the access tokens of one tenant.
package struct AccessTokens: Sendable {
    /// How far a clock may be off between the nodes of one installation.
    static let clockToleranceSeconds = 5
    /// Longer text is not looked at.
    static let maximumBytes = 8192

    private let tenant: Tenant
    private let keys: SigningKeys
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, keys: SigningKeys, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.keys = keys
        self.now = now
    }

    /// A signed token for an admitted person's session.
    func mint(_ admission: Admission, session: SessionID) async throws -> String {
        let issuedAt = Int(now().timeIntervalSince1970)
        let claims = AccessTokenClaims(
            iss: tenant.issuer, aud: tenant.audience, sub: admission.user, tid: tenant.id, sid: session,
            jti: RequestID.make(at: now()).rawValue.uuidString.lowercased(), iat: issuedAt, nbf: issuedAt,
            exp: issuedAt + Int(tenant.policy.accessTokenLifetime.components.seconds),
            authTime: Int(admission.authenticatedAt.timeIntervalSince1970),
            amr: admission.methods.map(\.rawValue), acr: admission.assurance.rawValue, roles: admission.roles)
        return try await keys.keys(of: tenant).active.sign(claims, type: .access)
    }

    /// The claims of a token that this tenant signed for itself and that is valid now; `nil` for any other text.
    ///
    /// Algorithm and key come from the key record, never from the token (RFC 8725, 3.1 and 3.10).
    ///
    /// - Throws: where the tenant's keys could not be read.
    package func verify(_ text: String) async throws -> AccessTokenClaims? {
        guard text.utf8.count <= Self.maximumBytes, let header = TokenHeader(of: text),
            header.typ == TokenType.access.rawValue,
            let id = SigningKeyID(header.kid), let key = try await keys.key(id, of: tenant),
            header.alg == key.algorithm.jwtName,
            let claims = try? await key.verify(text, as: AccessTokenClaims.self)
        else { return nil }
        return isValid(claims) ? claims : nil
    }

    private func isValid(_ claims: AccessTokenClaims) -> Bool {
        let now = Int(now().timeIntervalSince1970)
        return claims.iss == tenant.issuer && claims.aud == tenant.audience && claims.tid == tenant.id
            && claims.nbf <= now + Self.clockToleranceSeconds && claims.iat <= now + Self.clockToleranceSeconds
            && now < claims.exp
    }
}

/// The header of a signed token. A header with any other member than these three is refused: `jwk`, `jku`, `x5c`
/// and `crit` ask for things that must never be done on a token's word.
struct TokenHeader {
    let alg: String
    let typ: String
    let kid: String

    init?(of token: String) {
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // Padding or stray bits would make a second spelling of the same token.
        let decoded = parts.compactMap { Base64URL.decode($0) }
        guard parts.count == 3, decoded.count == 3 else { return nil }
        guard let members = try? JSONDecoder().decode([String: String].self, from: Data(decoded[0])),
            Set(members.keys) == ["alg", "typ", "kid"],
            let alg = members["alg"], let typ = members["typ"], let kid = members["kid"]
        else { return nil }
        self.alg = alg
        self.typ = typ
        self.kid = kid
    }
}
