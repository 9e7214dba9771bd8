import Foundation
import PluginKit

/// How long secrets are good, and how long before their end they are overdue, as the database keeps it.
struct KeyAges: Sendable, Equatable {
    let maxAgeSeconds: Int64
    let warnBeforeSeconds: Int64

    init(maxAgeSeconds: Int64, warnBeforeSeconds: Int64) {
        self.maxAgeSeconds = maxAgeSeconds
        self.warnBeforeSeconds = warnBeforeSeconds
    }

    init(_ policy: KeyPolicy) {
        self.init(
            maxAgeSeconds: policy.maxAge.components.seconds, warnBeforeSeconds: policy.warnBefore.components.seconds)
    }

    /// From when on a secret is overdue to be rotated. One that is good for a short time is so at half of it at the
    /// earliest.
    func rotateBy(createdAt: Date, expiresAt: Date) -> Date {
        let end = min(expiresAt, createdAt.addingTimeInterval(Double(maxAgeSeconds)))
        return end.addingTimeInterval(-min(Double(warnBeforeSeconds), expiresAt.timeIntervalSince(createdAt) / 2))
    }

    /// Brings the dates of all secrets in line with these ages, where they follow others, and lets the alarm go off for
    /// what is due by them. Batch by batch: what was broken off begins anew the next time. Of a tenant that has no secrets,
    /// nothing is noted.
    func bringInForce(in database: any TenantDatabase, at now: Date) async throws {
        guard try await database.first(FindKeyPolicy()) != self, var last = try await move(after: nil, in: database)
        else { return }
        while let next = try await move(after: last, in: database) { last = next }
        _ = try await database.run([BoundStatement(WriteKeyPolicy(ages: self)), BoundStatement(SetKeyAlarm(at: now))])
    }

    /// Whoever rotates one of these keys meanwhile may stand in the way; the one that gave way tries again.
    private func move(after: KeySecretID?, in database: any TenantDatabase) async throws -> KeySecretID? {
        let move = MoveKeyAges(ages: self, after: after)
        do {
            return try await database.first(move)
        } catch DatabaseError.serialization {
            return try await database.first(move)
        }
    }
}
