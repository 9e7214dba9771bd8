internal import Metrics
internal import PluginKit

/// What one store tells about itself, under `gatehouse_database_…` with the label `store`.
struct StoreMetrics: Sendable {
    /// Transactions that wait for a connection.
    let waiting: Gauge
    let reconnects: Counter
    private let durations: [Outcome: Metrics.Timer]

    /// How a transaction ended.
    private enum Outcome: String, CaseIterable {
        case done, refused, failed, conflict, overloaded, unavailable
        case timedOut = "timed_out"
        case cancelled
    }

    /// - Parameter store: `tenants` or `platform`.
    init(store: String) {
        let labels = [("store", store)]
        waiting = Gauge(label: "gatehouse_database_waiting", dimensions: labels)
        reconnects = Counter(label: "gatehouse_database_reconnects_total", dimensions: labels)
        durations = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let labels = labels + [("outcome", outcome.rawValue)]
                return (outcome, Timer(label: "gatehouse_database_transaction_seconds", dimensions: labels))
            })
    }

    /// Runs a transaction and records how long it took, the waiting included, and how it ended.
    func measure<Value>(_ transaction: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        do {
            let value = try await transaction()
            record(.done, since: start)
            return value
        } catch {
            record(outcome(of: error), since: start)
            throw error
        }
    }

    private func record(_ outcome: Outcome, since start: ContinuousClock.Instant) {
        durations[outcome]?.record(duration: .now - start)
    }

    private func outcome(of error: any Error) -> Outcome {
        if error is CancellationError { return .cancelled }
        return switch error as? DatabaseError {
        case .unavailable: .unavailable
        case .overloaded: .overloaded
        case .timedOut: .timedOut
        case .refused: .refused
        case .uniqueViolation, .foreignKeyViolation, .checkViolation, .serialization: .conflict
        case .failed, nil: .failed
        }
    }
}
