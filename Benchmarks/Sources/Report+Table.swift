import Foundation

extension Report {
    /// The report as two Markdown tables, ratios first.
    var table: String {
        (ratioRows + [""] + figureRows).joined(separator: "\n")
    }

    private var ratioRows: [String] {
        let header = ["| Ratio | median | lowest | highest |", "| --- | ---: | ---: | ---: |"]
        return header
            + ratios.map { ratio in
                let values = [ratio.median, ratio.lowest, ratio.highest].map { Self.number($0, digits: 2) }
                return "| \(ratio.name) | \(values.joined(separator: " | ")) |"
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
