import Foundation

/// The circumstances of a run.
struct Setting: Encodable {
    let cores: Int
    let memoryKiB: UInt32
    let iterations: UInt32
    let rounds: Int
    let secondsPerScenario: Int
}

/// What all rounds together say. Ratios are taken within each round, so that what slows the machine down for a while
/// slows both sides.
struct Report: Encodable {
    let setting: Setting
    let ratios: [RatioResult]
    /// For each scenario, the median over the rounds of each figure.
    let figures: [Scenario: Figures]

    init(setting: Setting, rounds: [Round]) {
        self.setting = setting
        ratios = Ratio.all.compactMap { $0.result(in: rounds) }
        figures = Dictionary(
            uniqueKeysWithValues: Scenario.allCases.compactMap { scenario in
                Self.medians(of: rounds.compactMap { $0[scenario] }).map { (scenario, $0) }
            })
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    private static func medians(of figures: [Figures]) -> Figures? {
        median(figures.map(\.ratePerSecond)).map {
            Figures(
                ratePerSecond: $0, p50Milliseconds: median(figures.compactMap(\.p50Milliseconds)),
                p99Milliseconds: median(figures.compactMap(\.p99Milliseconds)))
        }
    }
}

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
