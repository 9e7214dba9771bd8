import Foundation

extension Report {
    /// The report as three Markdown tables, ratios first.
    var table: String {
        (Self.rows("Ratio", ratios) + [""] + Self.rows("Amount", amounts) + [""] + figureRows).joined(separator: "\n")
    }

    /// The lines of a Markdown table of spreads.
    static func rows(_ title: String, _ spreads: [Spread]) -> [String] {
        let header = ["| \(title) | median | lowest | highest |", "| --- | ---: | ---: | ---: |"]
        return header
            + spreads.map { spread in
                let values = [spread.median, spread.lowest, spread.highest].map { number($0, digits: 2) }
                return "| \(spread.name) | \(values.joined(separator: " | ")) |"
            }
    }

    private var figureRows: [String] {
        let header = ["| Scenario | per second | p50 ms | p99 ms |", "| --- | ---: | ---: | ---: |"]
        return header
            + Scenario.allCases.compactMap { scenario in
                guard let found = figures[scenario] else { return nil }
                let rate = Self.number(found.ratePerSecond, digits: found.ratePerSecond < 1000 ? 1 : 0)
                let times = [found.p50Milliseconds, found.p99Milliseconds].map { time in
                    time.map { Self.number($0, digits: 2) } ?? "–"
                }
                return "| `\(scenario.rawValue)` | \(rate) | \(times.joined(separator: " | ")) |"
            }
    }

    private static func number(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
