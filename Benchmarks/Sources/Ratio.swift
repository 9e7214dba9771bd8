/// Two figures of the same round against each other.
struct Ratio {
    private let name: String
    private let numerator: Scenario
    private let denominator: Scenario
    private let figure: @Sendable (Figures) -> Double?

    static let all = [
        Ratio("sign-ins / bare argon2id", .signIn, .bareHash) { $0.ratePerSecond },
        Ratio("refresh / bare HTTP", .refresh, .bareHTTP) { $0.ratePerSecond },
        Ratio("refresh / commit", .refresh, .commit) { $0.ratePerSecond },
        Ratio("me / bare HTTP", .me, .bareHTTP) { $0.ratePerSecond },
        Ratio("me / session look-up", .me, .sessionLookup) { $0.ratePerSecond },
        Ratio("p99 of bare HTTP, saturated / quiet", .saturatedHTTP, .quietHTTP) { $0.p99Milliseconds },
        Ratio("p99 of me, saturated / quiet", .saturatedMe, .quietMe) { $0.p99Milliseconds },
    ]

    private init(
        _ name: String, _ numerator: Scenario, _ denominator: Scenario,
        figure: @escaping @Sendable (Figures) -> Double?
    ) {
        self.name = name
        self.numerator = numerator
        self.denominator = denominator
        self.figure = figure
    }

    /// `nil` where no round has both figures.
    func result(in rounds: [Round]) -> RatioResult? {
        let values = rounds.compactMap(value).sorted()
        guard let lowest = values.first, let highest = values.last, let middle = median(values) else { return nil }
        return RatioResult(name: name, median: middle, lowest: lowest, highest: highest)
    }

    private func value(in round: Round) -> Double? {
        guard let above = round[numerator].flatMap(figure), let below = round[denominator].flatMap(figure), below > 0
        else { return nil }
        return above / below
    }
}

/// A ratio over all rounds; how far apart the ends are tells how noisy the machine was.
struct RatioResult: Encodable {
    let name: String
    let median: Double
    let lowest: Double
    let highest: Double
}

/// The middle value, or the mean of the two middle ones; `nil` of nothing.
func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
