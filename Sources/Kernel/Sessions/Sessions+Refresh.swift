import Cryptography
import Foundation
import Logging
package import PluginKit

/// What a refresh led to.
package enum RefreshOutcome: Sendable {
    case issued(IssuedTokens)
    /// The token is unknown, spent, expired, or its session is over; the client learns no more than that.
    case refused
}

extension Sessions {
    /// How long the client that spent a token may ask again and get the same successor: an answer can get lost.
    static let repeatGrace: TimeInterval = 30

    /// Spends a refresh token and issues its successor with a new access token.
    ///
    /// The successor is a MAC of the token under the tenant's key, so a repeated request finds the same one without
    /// any token being stored. A spent token from another client, or after the grace, ends its session and is reported.
    package func refresh(_ text: SecretText, origin: RequestOrigin) async throws -> RefreshOutcome {
        guard let token = OpaqueToken(.refresh, text: text) else {
            return try await refuse("malformed", actor: .anonymous, origin: origin)
        }
        let successor = try await successor(of: token)
        let client = Self.fingerprint(of: origin)
        let rotation = RotateRefreshToken(hash: token.hash, successor: successor.hash, client: client, at: now())
        if let session = try await tenant.database.first(rotation) {
            return try await proceed(session, refresh: successor, origin: origin)
        }
        return try await answerSpent(token, successor: successor, client: client, origin: origin)
    }

    private func answerSpent(
        _ token: OpaqueToken, successor: OpaqueToken, client: [UInt8], origin: RequestOrigin
    ) async throws -> RefreshOutcome {
        let find = FindSpentRefreshToken(hash: token.hash, successor: successor.hash)
        guard let spent = try await tenant.database.first(find) else {
            return try await refuse("unknown", actor: .anonymous, origin: origin)
        }
        let actor = Actor.person(spent.user, session: spent.session)
        guard let usedAt = spent.usedAt, let session = try await live(spent.session) else {
            return try await refuse("session_over", actor: actor, origin: origin)
        }
        let isRepeat = now().timeIntervalSince(usedAt) <= Self.repeatGrace && spent.usedBy == client
        if isRepeat, spent.isSuccessorUnused { return try await proceed(session, refresh: successor, origin: origin) }
        try await endReplayed(spent, origin: origin)
        return .refused
    }

    /// Every refresh passes the decision again, so what changed since the sign-in counts at once.
    private func proceed(
        _ session: LiveSession, refresh: OpaqueToken, origin: RequestOrigin
    ) async throws -> RefreshOutcome {
        let evidence = SignInEvidence(
            person: session.person, methods: session.methods, authenticatedAt: session.authenticatedAt)
        guard case .admit(let admission) = SignInDecision.decide(evidence) else {
            let actor = Actor.person(session.person.user, session: session.id)
            _ = try await end(
                session.id, of: session.person.user, because: .noLongerAdmitted,
                by: Caller(actor: actor, permissions: [], origin: origin))
            return .refused
        }
        let access = try await accessTokens.mint(admission, session: session.id)
        return .issued(issued(access: access, refresh: refresh, session: session.id, expiresAt: session.expiresAt))
    }

    private func endReplayed(_ spent: SpentRefreshToken, origin: RequestOrigin) async throws {
        let end = EndSession(id: spent.session, user: spent.user, reason: .refreshTokenReplayed, at: now())
        let event = AuditEvent(
            .refreshTokenReplayed, .refused, reason: "replayed", actor: .person(spent.user, session: spent.session),
            subject: spent.session.description, origin: origin)
        _ = try await tenant.database.run([BoundStatement(end), audit.statement(event)])
        tenant.logger.warning(
            "a spent refresh token was presented; its session is ended",
            metadata: [
                "session": "\(spent.session)", "request_id": "\(origin.requestID)",
            ])
    }

    private func refuse(_ reason: String, actor: Actor, origin: RequestOrigin) async throws -> RefreshOutcome {
        try await audit.record(
            AuditEvent(.sessionRefreshRefused, .refused, reason: reason, actor: actor, origin: origin))
        return .refused
    }

    private func successor(of token: OpaqueToken) async throws -> OpaqueToken {
        let keyring = try await hierarchy.keyring(of: tenant.id, in: tenant.database)
        let message = token.text.bytes.withExposedBytes { Array($0) }
        return OpaqueToken(.refresh, secret: try keyring.authenticator(for: .refreshSuccessor)(message))
    }

    /// What makes two requests the same client's: the network they come from and what the client calls itself.
    private static func fingerprint(of origin: RequestOrigin) -> [UInt8] {
        SHA256Digest.of(LengthPrefixed.encode([Array(origin.network.utf8), Array((origin.userAgent ?? "").utf8)]))
    }
}
