package import Foundation
import Metrics
import Synchronization

/// How many look-ups that find nothing each network may cause in this process (generic cell rate algorithm, with a
/// minute's worth at once).
///
/// It keeps one network from spending everybody's look-ups. No secret stands behind it, since those are too long to be
/// guessed; so each node counts for itself, in memory that is bounded.
package final class MissBudget: Sendable {
    /// How many networks are told apart; those that come while so many are being counted share one count.
    static let mostNetworks = 10_000
    private static let windowSeconds = 60.0
    /// What further networks are counted under; no network is called so.
    private static let others = ""

    /// How long one miss takes to wear off; `nil` where nothing is counted.
    private let intervalSeconds: Double?
    /// When all misses of a network will have worn off.
    private let ends = Mutex<[String: Date]>([:])
    private let limited = Counter(label: "gatehouse_api_key_misses_limited_total")

    /// - Parameter perMinute: `nil` lets every network miss as often as it likes.
    package init(perMinute: Int?) {
        intervalSeconds = perMinute.map { Self.windowSeconds / Double($0) }
    }

    /// Does `lookUp`, counting it against `network` unless what it finds `isGood`.
    ///
    /// It is counted before, so that many at once cannot overdraw. What could not be found out is no miss.
    ///
    /// - Parameter network: `nil` for somebody who may miss as often as he likes.
    /// - Throws: ``TooManyMisses`` without a look-up; else what `lookUp` throws.
    func counting<Found>(
        _ network: String?, at now: Date, isGood: (Found) -> Bool, _ lookUp: () async throws -> Found
    ) async throws -> Found {
        guard let network, let intervalSeconds else { return try await lookUp() }
        let counted = try reserve(network, intervalSeconds, at: now)
        do {
            let found = try await lookUp()
            if isGood(found) { refund(counted, intervalSeconds) }
            return found
        } catch {
            refund(counted, intervalSeconds)
            throw error
        }
    }

    /// - Returns: what the miss is counted under.
    private func reserve(_ network: String, _ intervalSeconds: Double, at now: Date) throws(TooManyMisses) -> String {
        let (counted, wait) = ends.withLock { ends in
            let counted = Self.makeRoom(for: network, in: &ends, at: now) ? network : Self.others
            let end = max(ends[counted] ?? now, now).addingTimeInterval(intervalSeconds)
            let wait = end.timeIntervalSince(now) - Self.windowSeconds
            if wait <= 0 { ends[counted] = end }
            return (counted, wait)
        }
        guard wait > 0 else { return counted }
        limited.increment()
        throw TooManyMisses(retryAfterSeconds: max(1, Int(wait.rounded(.up))))
    }

    private func refund(_ counted: String, _ intervalSeconds: Double) {
        ends.withLock { $0[counted]?.addTimeInterval(-intervalSeconds) }
    }

    /// Whether `network` has a count of its own, or room for one.
    private static func makeRoom(for network: String, in ends: inout [String: Date], at now: Date) -> Bool {
        if ends[network] != nil || ends.count < mostNetworks { return true }
        // Where nearly all are still counted, the next ones must not make this look through all of them again.
        guard let others = ends[others], others > now else {
            ends = ends.filter { $0.value > now }
            if ends.count < mostNetworks * 3 / 4 { return true }
            return false
        }
        return false
    }
}

/// A network has looked for too much that is not there. Answered to clients as 429 `rate_limited`.
package struct TooManyMisses: Error, Sendable, Equatable {
    package let retryAfterSeconds: Int
}
