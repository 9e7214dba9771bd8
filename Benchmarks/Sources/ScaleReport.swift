import Foundation

/// What all rounds say about many tenants and keys.
struct ScaleReport: Encodable {
    /// The figures of the large site over those of the small one, each within its round.
    let ratios: [Spread]
    let amounts: [Spread]

    init(rounds: [ScaleRound], starts: [ScaleStart]) {
        ratios = Self.kinds.flatMap { kind, figures in
            [
                Self.spread("\(kind), rate", rounds) {
                    figures($0.large).figures.ratePerSecond / figures($0.small).figures.ratePerSecond
                },
                Self.spread("\(kind), p50", rounds) {
                    Self.quotient(figures($0.large).figures.p50Milliseconds, figures($0.small).figures.p50Milliseconds)
                },
                Self.spread("\(kind), p99", rounds) {
                    Self.quotient(figures($0.large).figures.p99Milliseconds, figures($0.small).figures.p99Milliseconds)
                },
            ].compactMap { $0 }
        }
        let counts = Self.kinds.flatMap { kind, figures in
            [
                Self.spread("\(kind), transactions for each request, small", rounds) {
                    figures($0.small).transactionsPerRequest
                },
                Self.spread("\(kind), transactions for each request, large", rounds) {
                    figures($0.large).transactionsPerRequest
                },
            ].compactMap { $0 }
        }
        amounts = counts + Self.amounts(of: starts)
    }

    /// The report as two Markdown tables.
    var table: String {
        (Report.rows("Large / small", ratios) + [""] + Report.rows("Amount", amounts)).joined(separator: "\n")
    }

    private static let kinds: [(name: String, figures: @Sendable (ScaleFigures) -> CountedFigures)] = [
        ("keys remembered", { $0.remembered }), ("keys looked up", { $0.lookedUp }), ("sign-ins", { $0.signIn }),
    ]

    private static func amounts(of starts: [ScaleStart]) -> [Spread] {
        let counts = Set(starts.map(\.tenants)).sorted()
        let of = { (count: Int) in starts.filter { $0.tenants == count } }
        let times = counts.compactMap { count in
            Spread(name: "start-up with \(count) tenants, s", values: of(count).map(\.seconds))
        }
        guard let fewest = counts.first, let most = counts.last, most > fewest else { return times }
        let perTenant = zip(of(fewest), of(most)).map { few, many in
            (many.residentKiB - few.residentKiB) / Double(most - fewest)
        }
        let memory = [
            Spread(name: "resident with \(fewest) tenants, MiB", values: of(fewest).map { $0.residentKiB / 1024 }),
            Spread(name: "resident with \(most) tenants, MiB", values: of(most).map { $0.residentKiB / 1024 }),
            Spread(name: "resident for each idle tenant, KiB", values: perTenant),
        ]
        return times + memory.compactMap { $0 }
    }

    private static func spread(
        _ name: String, _ rounds: [ScaleRound], _ value: (ScaleRound) -> Double?
    ) -> Spread? {
        Spread(name: name, values: rounds.compactMap(value))
    }

    private static func quotient(_ above: Double?, _ below: Double?) -> Double? {
        guard let above, let below, below > 0 else { return nil }
        return above / below
    }
}

/// Both sites, measured one shortly after the other.
struct ScaleRound {
    let small: ScaleFigures
    let large: ScaleFigures
}

/// One start of a node with so many tenants, which the database knew already.
struct ScaleStart {
    let tenants: Int
    let seconds: Double
    /// A while later, with nothing to do.
    let residentKiB: Double
}
