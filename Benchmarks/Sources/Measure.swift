/// A value that every round gives: two of its figures against each other, or an amount.
struct Measure {
    private let name: String
    private let value: @Sendable (Round) -> Double?

    /// Figures of the same round against each other.
    static let ratios = [
        ratio("sign-ins / bare argon2id", .signIn, .bareHash) { $0.ratePerSecond },
        ratio("refresh / bare HTTP", .refresh, .bareHTTP) { $0.ratePerSecond },
        ratio("refresh / commit", .refresh, .commit) { $0.ratePerSecond },
        ratio("me / bare HTTP", .me, .bareHTTP) { $0.ratePerSecond },
        ratio("me / session look-up", .me, .sessionLookup) { $0.ratePerSecond },
        ratio("p99 of bare HTTP, saturated / quiet", .saturatedHTTP, .quietHTTP) { $0.p99Milliseconds },
        ratio("p99 of me, saturated / quiet", .saturatedMe, .quietMe) { $0.p99Milliseconds },
        ratio("keys verified, remembered / bare JSON", .rememberedKey, .bareJSON) { $0.ratePerSecond },
        Measure("keys verified, looked up / bare JSON and look-up in turn") { round in
            guard let rate = round[.lookedUpKey]?.ratePerSecond, let bare = round[.bareJSON]?.ratePerSecond,
                let lookup = round[.keyLookup]?.ratePerSecond
            else { return nil }
            return rate * (1 / bare + 1 / lookup)
        },
        ratio("p99 of remembered keys, saturated / quiet", .saturatedKey, .quietKey) { $0.p99Milliseconds },
        ratio("cells sealed / bare AES-256-GCM", .sealCells, .bareSeal) { $0.ratePerSecond },
        ratio("cells opened / bare AES-256-GCM", .openCells, .bareOpen) { $0.ratePerSecond },
        Measure("start-up / its requests to Vault in turn") { $0.startUp?.secondsOverRequestsInTurn },
    ]

    /// What has a unit or a bound of its own.
    static let amounts = [
        Measure("sealing a cell, µs") { microseconds($0[.sealCells]) },
        Measure("opening a cell, µs") { microseconds($0[.openCells]) },
        Measure("start-up of \(StartUp.tenants) tenants, s") { $0.startUp?.seconds },
        Measure("requests to Vault for each tenant") { $0.startUp?.requestsPerTenant },
        Measure("requests to Vault at once, at most") { $0.startUp.map { Double($0.mostRequestsAtOnce) } },
    ]

    private init(_ name: String, value: @escaping @Sendable (Round) -> Double?) {
        self.name = name
        self.value = value
    }

    private static func ratio(
        _ name: String, _ numerator: Scenario, _ denominator: Scenario,
        figure: @escaping @Sendable (Figures) -> Double?
    ) -> Measure {
        Measure(name) { round in
            guard let above = round[numerator].flatMap(figure), let below = round[denominator].flatMap(figure),
                below > 0
            else { return nil }
            return above / below
        }
    }

    private static func microseconds(_ figures: Figures?) -> Double? {
        figures.map { 1_000_000 / $0.ratePerSecond }
    }

    /// `nil` where no round gives the value.
    func spread(over rounds: [Round]) -> Spread? {
        Spread(name: name, values: rounds.compactMap(value))
    }
}

/// A value over all rounds; how far apart the ends are tells how noisy the machine was.
struct Spread: Encodable {
    let name: String
    let median: Double
    let lowest: Double
    let highest: Double

    /// `nil` of nothing.
    init?(name: String, values: [Double]) {
        guard let lowest = values.min(), let highest = values.max(), let median = middle(of: values) else {
            return nil
        }
        (self.name, self.median, self.lowest, self.highest) = (name, median, lowest, highest)
    }
}

/// The middle value, or the mean of the two middle ones; `nil` of nothing.
func middle(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
