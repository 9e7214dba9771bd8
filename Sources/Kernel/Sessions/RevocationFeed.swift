import Cryptography
package import Foundation
import JWTKit
package import PluginKit

/// The sessions of a tenant that were ended while an access token of theirs may still be valid, as a signed list.
///
/// A service that verifies access tokens by itself reads the list every few seconds and refuses tokens whose `sid` is on it.
/// Anybody may read it, so what is read and signed is kept for a second: see ``RevocationLists``.
package struct RevocationFeed: Sendable {
    /// A list holds at most so many sessions, those that were ended last.
    package static let mostSessions = 10_000
    /// By how much a token may have been issued after the end of its session: another node's clock, a refresh under way.
    static let issueTolerance: TimeInterval = 5

    private let tenant: Tenant
    private let keys: SigningKeys
    private let lists: RevocationLists
    private let now: @Sendable () -> Date

    init(tenant: Tenant, keys: SigningKeys, lists: RevocationLists, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.keys = keys
        self.lists = lists
        self.now = now
    }

    /// The list as it was within the last second.
    package func current() async throws -> RevocationList {
        try await lists.list(of: tenant.id, at: now(), read)
    }

    /// A list, signed.
    package func signed(_ list: RevocationList) async throws -> String {
        try await lists.token(for: list, of: tenant.id, at: now()) { [self] in try await sign(list) }
    }

    @Sendable
    private func read() async throws -> RevocationList {
        let readAt = now()
        let since = readAt.addingTimeInterval(-tenant.policy.accessTokenLifetime.timeInterval)
        let newest = try await tenant.database.rows(ListEndedSessions(since: since, limit: Self.mostSessions + 1))
        let listed = newest.prefix(Self.mostSessions).reversed()
        return RevocationList(
            revoked: listed.map { RevocationList.Entry(sid: $0.id, at: Int($0.endedAt.timeIntervalSince1970)) },
            notBefore: newest.dropFirst(Self.mostSessions).first.map { Self.notBefore(lastUnlisted: $0.endedAt) },
            readAt: readAt)
    }

    /// From when on a token must have been issued not to be of a session that ended, at the latest, at this moment.
    private static func notBefore(lastUnlisted end: Date) -> Int {
        Int(end.addingTimeInterval(issueTolerance).timeIntervalSince1970) + 1
    }

    private func sign(_ list: RevocationList) async throws -> String {
        let issuedAt = Int(list.readAt.timeIntervalSince1970)
        let lifetime = Int(tenant.policy.accessTokenLifetime.timeInterval)
        let claims = RevocationClaims(
            iss: tenant.issuer, iat: issuedAt, exp: issuedAt + lifetime, notBefore: list.notBefore,
            revoked: list.revoked)
        return try await keys.keys(of: tenant).active.sign(claims, type: .revocations)
    }
}

/// A list of ended sessions.
package struct RevocationList: Sendable {
    struct Entry: Codable, Sendable {
        let sid: SessionID
        let at: Int
    }

    /// In the order in which they ended.
    let revoked: [Entry]
    /// Where more ended than are listed: tokens issued before this second may be of any of the others, and are to be
    /// refused. `nil` where all are listed.
    let notBefore: Int?
    let readAt: Date
    /// For `ETag`: changes exactly when the list does, whenever and by whatever key it is signed.
    package let tag: String

    init(revoked: [Entry], notBefore: Int?, readAt: Date) {
        self.revoked = revoked
        self.notBefore = notBefore
        self.readAt = readAt
        let parts = revoked.map { $0.sid.rawValue.byteArray } + [Array("\(notBefore ?? 0)".utf8)]
        tag = Base64URL.encode(SHA256Digest.of(LengthPrefixed.encode(parts)).prefix(16))
    }
}

/// What a signed list says: a JSON Web Token of the type `revocations+jwt`.
struct RevocationClaims: JWTPayload {
    let iss: String
    let iat: Int
    let exp: Int
    let notBefore: Int?
    let revoked: [RevocationList.Entry]

    enum CodingKeys: String, CodingKey {
        case iss, iat, exp, revoked
        case notBefore = "not_before"
    }

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
