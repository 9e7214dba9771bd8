import Foundation

/// The circumstances of a run.
struct Setting: Encodable {
    let cores: Int
    let memoryKiB: UInt32
    let iterations: UInt32
    let rounds: Int
    let secondsPerScenario: Int
    let tenantsAtStartUp: Int
    let vaultLatencyMilliseconds: Int

    private enum CodingKeys: String, CodingKey {
        case cores, iterations, rounds, secondsPerScenario, tenantsAtStartUp, vaultLatencyMilliseconds
        // As the encoder's rule for snake case takes it apart: `memory_kib`.
        case memoryKiB = "memoryKib"
    }
}

/// What all rounds together say. Ratios are taken within each round, so that what slows the machine down for a while
/// slows both sides.
struct Report: Encodable {
    let setting: Setting
    let ratios: [Spread]
    let amounts: [Spread]
    /// For each scenario, the median over the rounds of each figure.
    let figures: [Scenario: Figures]

    init(setting: Setting, rounds: [Round]) {
        self.setting = setting
        ratios = Measure.ratios.compactMap { $0.spread(over: rounds) }
        amounts = Measure.amounts.compactMap { $0.spread(over: rounds) }
        figures = Dictionary(
            uniqueKeysWithValues: Scenario.allCases.compactMap { scenario in
                Self.medians(of: rounds.compactMap { $0[scenario] }).map { (scenario, $0) }
            })
    }

    private static func medians(of figures: [Figures]) -> Figures? {
        middle(of: figures.map(\.ratePerSecond)).map {
            Figures(
                ratePerSecond: $0, p50Milliseconds: middle(of: figures.compactMap(\.p50Milliseconds)),
                p99Milliseconds: middle(of: figures.compactMap(\.p99Milliseconds)))
        }
    }
}

extension Encodable {
    /// The report as people may read it, too.
    func encodedReport() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
