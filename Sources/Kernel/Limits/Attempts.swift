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
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.cells = cells
        self.now = now
    }

    /// Reserves one attempt of `origin` at `subject`, unless there were too many lately.
    func reserve(subject: String, origin: RequestOrigin) async throws -> Reservation {
        let buckets = try buckets(subject: subject, origin: origin)
        let results = try await tenant.database.run(
            buckets.map { BoundStatement(ReserveAttempt(bucket: $0, at: now())) })
        let refused = zip(buckets, results).filter { $1.rows.isEmpty }.map(\.0)
        guard let slowest = refused.map(\.intervalSeconds).max() else { return .granted }
        return .limited(retryAfterSeconds: max(1, Int(slowest.rounded(.up))))
    }

    /// The statements that give an attempt back which succeeded, for the transaction of its success.
    func refund(subject: String, origin: RequestOrigin) throws -> [BoundStatement] {
        try buckets(subject: subject, origin: origin).map { BoundStatement(RefundAttempt(bucket: $0)) }
    }

    private func buckets(subject: String, origin: RequestOrigin) throws -> [AttemptBucket] {
        let authenticate = try cells.keyring.authenticator(for: .attempts)
        func bucket(_ parts: [String], perMinute: Int) -> AttemptBucket {
            let key = authenticate(LengthPrefixed.encode(parts.map { Array($0.utf8) }))
            return AttemptBucket(key: key, perMinute: perMinute)
        }
        return [
            bucket(["person", subject, origin.network], perMinute: tenant.policy.attemptsPerPersonPerMinute),
            bucket(["network", origin.network], perMinute: tenant.policy.attemptsPerNetworkPerMinute),
        ]
    }
}

/// One count: what it is of, and how many a minute it allows (generic cell rate algorithm, with a minute's worth at once).
struct AttemptBucket: Sendable {
    /// A keyed hash, so that the database tells neither whom nor which network it is about.
    let key: [UInt8]
    /// How long one attempt takes to wear off.
    let intervalSeconds: Double
    let capacitySeconds = 60.0

    init(key: [UInt8], perMinute: Int) {
        self.key = key
        intervalSeconds = capacitySeconds / Double(perMinute)
    }
}
