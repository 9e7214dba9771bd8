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
        let marks = try RefreshMarks(of: token, from: origin, keyring: cells.keyring)
        let rotation = RotateRefreshToken(
            hash: token.hash, successor: marks.successors[0].hash, client: marks.clients[0], at: now())
        if let session = try await tenant.database.first(rotation) {
            return try await proceed(session, refresh: marks.successors[0], origin: origin)
        }
        return try await answerSpent(token, origin: origin)
    }

    private func answerSpent(_ token: OpaqueToken, origin: RequestOrigin) async throws -> RefreshOutcome {
        // Another node may have spent it under a key that is not known here yet.
        let marks = try RefreshMarks(of: token, from: origin, keyring: try await cells.reloaded())
        let find = FindSpentRefreshToken(hash: token.hash, successors: marks.successors.map(\.hash))
        guard let spent = try await tenant.database.first(find) else {
            return try await refuse("unknown", actor: .anonymous, origin: origin)
        }
        let actor = Actor.person(spent.user, session: spent.session)
        guard let usedAt = spent.usedAt, let session = try await live(spent.session) else {
            return try await refuse("session_over", actor: actor, origin: origin)
        }
        let isRepeat = now().timeIntervalSince(usedAt) <= Self.repeatGrace && marks.areOfClient(spent.usedBy)
        if isRepeat, let successor = marks.successor(with: spent.freshSuccessor) {
            return try await proceed(session, refresh: successor, origin: origin)
        }
        try await endReplayed(spent, origin: origin)
        return .refused
    }

    /// Every refresh passes the decision again, so what changed since the sign-in counts at once.
    private func proceed(
        _ session: LiveSession, refresh: OpaqueToken, origin: RequestOrigin
    ) async throws -> RefreshOutcome {
        let decision = SignInDecision.decide(session.evidence, under: tenant.policy.secondFactor, at: now())
        guard case .admit(let admission) = decision else {
            let actor = Actor.person(session.person.user, session: session.id)
            _ = try await end(
                session.id, of: session.person.user, because: .noLongerAdmitted,
                by: Caller(actor: actor, permissions: [], origin: origin))
            return .refused
        }
        let access = try await accessTokens.mint(admission, session: session.id)
        let graceBegins = graceBeginning(with: admission)
        if !graceBegins.isEmpty { _ = try await tenant.database.run(graceBegins) }
        return .issued(
            issued(
                access: access, refresh: refresh, session: session.id, expiresAt: session.expiresAt,
                graceUntil: admission.graceUntil))
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
}

/// What a refresh token and the client that presents it are recognised by: under each of the tenant's keys, that of the
/// present one first, so that a change of keys in between takes nobody for a thief.
private struct RefreshMarks: Sendable {
    /// The tokens that may follow this one.
    let successors: [OpaqueToken]
    /// What makes two requests the same client's: the network they come from and what the client calls itself.
    let clients: [[UInt8]]

    init(of token: OpaqueToken, from origin: RequestOrigin, keyring: TenantKeyring) throws {
        let text = token.text.bytes.withExposedBytes { Array($0) }
        successors = try keyring.authenticators(for: .refreshSuccessor).map { OpaqueToken(.refresh, secret: $0(text)) }
        let client = LengthPrefixed.encode([Array(origin.network.utf8), Array((origin.userAgent ?? "").utf8)])
        clients = try keyring.authenticators(for: .refreshClient).map { $0(client) }
    }

    func areOfClient(_ mark: [UInt8]?) -> Bool { mark.map(clients.contains) ?? false }

    func successor(with hash: [UInt8]?) -> OpaqueToken? { successors.first { $0.hash == hash } }
}
