import Foundation

/// What tenants cost that are made at run time: making one beside few and beside many, starting a server that has many,
/// and keeping one open that is used.
struct OnboardingBench {
    /// How many are made, one after another, to tell how long one takes.
    static let sample = 40
    /// How many are made at once where there are to be many.
    private static let atOnce = 6

    let gatehouse: String
    let folder: URL
    let database: ScaleSite.Database
    let server: URL
    /// How many are made in all, about.
    let tenants: Int

    func run() async throws -> OnboardingReport {
        let key = try await operatorKey()
        Output.tell("making tenants beside few")
        _ = try await makeInTurn("warm", key)
        let few = try await makeInTurn("few", key)
        let startFew = try await start("few")
        Output.tell("making \(tenants) tenants")
        try await makeMany(key)
        Output.tell("making tenants beside many")
        let many = try await makeInTurn("many", key)
        let startMany = try await start("many")
        return OnboardingReport(
            tenants: tenants, few: few, many: many, startFew: startFew, startMany: startMany,
            kibPerTenant: try await openAll())
    }

    // MARK: Parts

    private func operatorKey() async throws -> String {
        struct Answer: Decodable { let key: String }
        let program = Subprocess(
            name: gatehouse, arguments: ["operators", "create", "bench", "--json"] + nodeArguments("operator"),
            folder: folder)
        return try JSONDecoder().decode(Answer.self, from: Data(try await program.output().utf8)).key
    }

    /// Makes tenants one after another, and gives how long each took, in milliseconds, checks included.
    private func makeInTurn(_ name: String, _ key: String) async throws -> [Double] {
        var times: [Double] = []
        for number in 1...Self.sample {
            let start = ContinuousClock.now
            try await make("\(name)-\(number)", key)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times
    }

    private func makeMany(_ key: String) async throws {
        try await forEachNumber { try await make("more-\($0)", key) }
    }

    private func forEachNumber(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let total = tenants
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 1...Self.atOnce {
                group.addTask {
                    for number in stride(from: first, through: total, by: Self.atOnce) { try await body(number) }
                }
            }
            try await group.waitForAll()
        }
    }

    private func make(_ slug: String, _ key: String) async throws {
        struct Wish: Encodable {
            let name = "Made"
            let admin = ["login": "ops@made.example"]
        }
        try await JSONRequest(
            method: "PUT", url: server.appending(path: "v1/tenants/\(slug)"),
            headers: ["Authorization": "Bearer \(key)"], body: JSONEncoder().encode(Wish())
        ).send()
    }

    /// Starts a node on the same database, and gives how long it took.
    private func start(_ name: String) async throws -> Double {
        let start = ContinuousClock.now
        return try await node(name) { _, _ in (ContinuousClock.now - start) / .seconds(1) }
    }

    /// Has a fresh node open every tenant, and gives what each of them took.
    private func openAll() async throws -> Double {
        try await node("open") { program, url in
            try await Task.sleep(for: .seconds(2))
            let before = try program.residentKiB()
            try await forEachNumber { number in
                let metadata = url.appending(path: "t/more-\(number)/.well-known/openid-configuration")
                try await JSONRequest(method: "GET", url: metadata, headers: [:]).send()
            }
            return (try program.residentKiB() - before) / Double(tenants)
        }
    }

    private func node<Value>(
        _ name: String, _ body: (RunningProgram, URL) async throws -> Value
    ) async throws -> Value {
        let arguments =
            ["serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"] + nodeArguments(name)
        let log = folder.appending(path: "onboarding-\(name).log")
        return try await RunningProgram.use(gatehouse, arguments, log: log) { program, line in
            try await body(program, try NodeLine(line).url)
        }
    }

    private func nodeArguments(_ name: String) -> [String] {
        [
            "--tenants", folder.appending(path: "tenants").path,
            "--data", folder.appending(path: "onboarding-\(name)").path,
        ] + database.arguments
    }
}

/// What tenants that are made at run time cost.
struct OnboardingReport: Encodable {
    let tenants: Int
    let amounts: [Spread]

    init(
        tenants: Int, few: [Double], many: [Double], startFew: Double, startMany: Double, kibPerTenant: Double
    ) {
        self.tenants = tenants
        amounts = [
            Spread(name: "making one beside few, ms", values: few),
            Spread(name: "making one beside \(tenants), ms", values: many),
            Spread(name: "start-up beside few, s", values: [startFew]),
            Spread(name: "start-up beside \(tenants), s", values: [startMany]),
            Spread(name: "resident for each tenant that is open, KiB", values: [kibPerTenant]),
        ].compactMap { $0 }
    }

    var table: String { Report.rows("Amount", amounts).joined(separator: "\n") }
}
