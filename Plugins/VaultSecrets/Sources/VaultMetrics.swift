import Metrics

/// What one connection to Vault tells about itself, under `gatehouse_vault_…` with the label `tenant`.
struct VaultMetrics: Sendable {
    /// How a try to get an answer ended.
    enum Outcome: String, CaseIterable, Sendable {
        case answered, forbidden, sealed, standby, unavailable, unreachable, cancelled
        case rateLimited = "rate_limited"
        case timedOut = "timed_out"
        case notVault = "not_vault"
        case tls
        /// Not sent, since the requests before it failed.
        case heldBack = "held_back"
    }

    private let isUp: Gauge
    private let oldestSecret: Gauge
    private let requests: [Outcome: Counter]

    /// - Parameter name: whose connection it is: a tenant's slug, or the process's own name for it.
    init(name: String, factory: any MetricsFactory = MetricsSystem.factory) {
        let labels = [("tenant", name)]
        isUp = Gauge(label: "gatehouse_vault_up", dimensions: labels, factory: factory)
        oldestSecret = Gauge(label: "gatehouse_vault_secret_age_seconds", dimensions: labels, factory: factory)
        requests = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let labels = labels + [("outcome", outcome.rawValue)]
                return (outcome, Counter(label: "gatehouse_vault_requests", dimensions: labels, factory: factory))
            })
    }

    func setUp(_ up: Bool) {
        isUp.record(up ? 1 : 0)
    }

    /// - Parameter age: of the secret in use that was confirmed least recently.
    func setOldest(age: Double) {
        oldestSecret.record(age)
    }

    func count(_ outcome: Outcome) {
        requests[outcome]?.increment()
    }
}

extension VaultMetrics.Outcome {
    /// The outcome of a try that ended with `problem`.
    init(_ problem: VaultProblem?) {
        switch problem {
        case .forbidden: self = .forbidden
        case .sealed, .uninitialised: self = .sealed
        case .standby: self = .standby
        case .rateLimited: self = .rateLimited
        case .timedOut: self = .timedOut
        case .notVault, .answerTooLarge: self = .notVault
        case .tls: self = .tls
        case .unreachable, .cut: self = .unreachable
        case .noLeader, .unavailable, .upgrading: self = .unavailable
        case .closed, .cancelled: self = .cancelled
        default: self = .answered
        }
    }
}
