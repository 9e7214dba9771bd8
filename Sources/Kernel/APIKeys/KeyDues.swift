import Foundation
import Logging
import PluginKit

/// Does what is due about a tenant's keys: tells of old secrets that are used still, ends overlaps that are over, tells
/// of keys that are overdue, ends those that expired.
///
/// None of it decides whether a key is good: that is decided at each use, by the clock.
package struct KeyDues: Sendable {
    /// How many secrets are looked at in one transaction.
    static let batchSize = 200

    private let tenant: Tenant
    private let audit: AuditTrail
    private let census: KeyCensus
    private let now: @Sendable () -> Date

    init(tenant: Tenant, cells: TenantCells, census: KeyCensus, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.census = census
        self.now = now
        audit = AuditTrail(database: tenant.database, cells: cells, now: now)
    }

    /// Does everything that is due now, and sets the alarm for what is next.
    ///
    /// - Returns: how many secrets there was something to do about; none where another node is at it.
    @discardableResult
    package func run() async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let done = try await batch()
            total += done
            if done < Self.batchSize { break }
        }
        // A metric must fail nothing; it is counted again before long.
        if total > 0 { try? await census.count(tenant) }
        return total
    }

    private func batch() async throws -> Int {
        try await tenant.database.transaction { transaction in
            guard try await transaction.first(TakeKeyAlarm(at: now())) != nil else { return 0 }
            let due = try await transaction.rows(ListDueSecrets(at: now(), limit: Self.batchSize))
            var statements: [BoundStatement] = []
            for secret in due { statements += try self.statements(for: secret) }
            _ = try await transaction.run(statements + [BoundStatement(ResetKeyAlarm())])
            return due.count
        }
    }

    private func statements(for secret: DueSecret) throws -> [BoundStatement] {
        switch secret.stage(at: now()) {
        case .keyEnded:
            return [BoundStatement(EndKeySecret(id: secret.id, why: .revoked, at: now()))]
        case .overlapOver:
            return [
                BoundStatement(EndKeySecret(id: secret.id, why: .overlapOver, at: now())),
                try event(.apiKeyRotationEnded, secret),
            ]
        case .overlap(let percent, let next):
            // Half is told once, nine tenths are told once; a secret that is quiet is not worth a word.
            return try oldSecretInUse(secret, percent)
                + [BoundStatement(PostponeSecret(id: secret.id, notices: percent, dueAt: next))]
        case .expired:
            return [
                BoundStatement(RevokeAPIKey(id: secret.key, why: .expired, at: now())),
                try event(.apiKeyExpired, secret),
            ]
        case .overdue:
            return [
                try event(.apiKeyOverdue, secret, ["expires_at": secret.expiresAt.ISO8601Format()]),
                BoundStatement(PostponeSecret(id: secret.id, notices: 1, dueAt: secret.expiresAt)),
            ]
        case .early(let next):
            return [BoundStatement(PostponeSecret(id: secret.id, notices: secret.notices, dueAt: next))]
        }
    }

    private func oldSecretInUse(_ secret: DueSecret, _ percent: Int) throws -> [BoundStatement] {
        guard let lastUse = secret.lastUse(worthTellingAt: percent) else { return [] }
        let details = ["overlap_percent": "\(percent)", "last_used_at": lastUse.ISO8601Format()]
        return [try event(.apiKeyOldSecretInUse, secret, details)]
    }

    private func event(
        _ type: AuditEventType, _ secret: DueSecret, _ details: [String: String] = [:]
    ) throws -> BoundStatement {
        tenant.logger.notice("\(type.rawValue)", metadata: ["key": "\(secret.key)", "secret": "\(secret.id)"])
        var details = details
        details["name"] = secret.name
        details["secret"] = secret.id.description
        return try audit.statement(
            AuditEvent(
                type, actor: .system, subject: secret.key.description, origin: .host("api-keys"), details: details))
    }
}

/// A secret about which something may be due.
struct DueSecret: Sendable {
    let key: KeyID
    let name: String
    /// Whether the key is at its end, so that the secret opens nothing whatever is noted about itself.
    let isKeyEnded: Bool
    let id: KeySecretID
    let createdAt: Date
    let expiresAt: Date
    let rotateBy: Date
    let replacedAt: Date?
    let retiresAt: Date?
    let lastUsedAt: Date?
    /// What was told already: the percentage of an overlap, or 1 for a secret that is overdue.
    let notices: Int

    /// The last use, where it came after the secret had been replaced; near the end, where it came in the second half of the
    /// overlap: who has gone quiet since then needs no call.
    func lastUse(worthTellingAt percent: Int) -> Date? {
        guard let replacedAt, let retiresAt, let lastUsedAt else { return nil }
        let half = replacedAt + retiresAt.timeIntervalSince(replacedAt) * 0.5
        let isWorthIt = percent < 90 ? lastUsedAt > replacedAt : lastUsedAt >= half
        return isWorthIt ? lastUsedAt : nil
    }

    enum Stage: Sendable, Equatable {
        case keyEnded
        case overlapOver
        case overlap(percent: Int, next: Date)
        case expired
        case overdue
        /// Nothing is to be told yet.
        case early(next: Date)
    }

    func stage(at now: Date) -> Stage {
        guard !isKeyEnded else { return .keyEnded }
        guard let replacedAt, let retiresAt else { return ownStage(at: now) }
        let whole = retiresAt.timeIntervalSince(replacedAt)
        let (half, most) = (replacedAt + whole * 0.5, replacedAt + whole * 0.9)
        if now >= min(retiresAt, expiresAt) { return .overlapOver }
        if now >= most { return notices < 90 ? .overlap(percent: 90, next: retiresAt) : .early(next: retiresAt) }
        if now >= half { return notices < 50 ? .overlap(percent: 50, next: most) : .early(next: most) }
        return .early(next: half)
    }

    private func ownStage(at now: Date) -> Stage {
        if now >= expiresAt { return .expired }
        if now >= rotateBy { return notices == 0 ? .overdue : .early(next: expiresAt) }
        return .early(next: rotateBy)
    }
}
