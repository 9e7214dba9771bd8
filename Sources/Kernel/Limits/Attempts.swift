import Cryptography
import Foundation
import PluginKit

/// Counts attempts to prove something, before they are made.
///
/// An attempt is reserved in a statement of its own that commits at once, so neither parallel guesses nor a roll-back
/// can cheat the count. Attempts are counted by person and network together, so that a stranger slows only himself, and
/// by network alone. A person is known by his login's canonical form, never by its spelling.
struct Attempts: Sendable {
    enum Reservation: Sendable, Equatable {
        case granted
        case limited(retryAfterSeconds: Int)
    }

    private let tenant: Tenant
    private let now: @Sendable () -> Date

    init(tenant: Tenant, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.now = now
    }

    /// Reserves one attempt of `origin` at `subject`, unless there were too many lately.
    func reserve(subject: String, origin: RequestOrigin) async throws -> Reservation {
        let buckets = buckets(subject: subject, origin: origin)
        let results = try await tenant.database.run(
            buckets.map { BoundStatement(ReserveAttempt(bucket: $0, at: now())) })
        let refused = zip(buckets, results).filter { $1.rows.isEmpty }.map(\.0)
        guard let slowest = refused.map(\.intervalSeconds).max() else { return .granted }
        return .limited(retryAfterSeconds: max(1, Int(slowest.rounded(.up))))
    }

    /// The statements that give an attempt back which succeeded, for the transaction of its success.
    func refund(subject: String, origin: RequestOrigin) -> [BoundStatement] {
        buckets(subject: subject, origin: origin).map { BoundStatement(RefundAttempt(bucket: $0)) }
    }

    private func buckets(subject: String, origin: RequestOrigin) -> [AttemptBucket] {
        let network = Array(origin.network.utf8)
        return [
            AttemptBucket(
                parts: [Array("person".utf8), Array(subject.utf8), network],
                perMinute: tenant.policy.attemptsPerPersonPerMinute),
            AttemptBucket(
                parts: [Array("network".utf8), network], perMinute: tenant.policy.attemptsPerNetworkPerMinute),
        ]
    }
}

/// One count: what it is of, and how many a minute it allows (generic cell rate algorithm, with a minute's worth at once).
struct AttemptBucket: Sendable {
    let key: [UInt8]
    /// How long one attempt takes to wear off.
    let intervalSeconds: Double
    let capacitySeconds = 60.0

    init(parts: [[UInt8]], perMinute: Int) {
        key = SHA256Digest.of(LengthPrefixed.encode(parts))
        intervalSeconds = capacitySeconds / Double(perMinute)
    }
}
