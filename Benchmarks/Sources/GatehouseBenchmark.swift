import ArgumentParser
import Foundation

/// `gatehouse-benchmark`: what a running server does in a second, beside what the machine could do at that moment.
///
/// `scripts/bench` builds and starts everything that it needs. It measures in short rounds, all scenarios in each, so
/// that ratios compare figures of the same seconds on the same machine.
@main
struct GatehouseBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-benchmark",
        abstract: "Measure a running server whose only purpose this is.",
        discussion: "Takes up the first owner's invitation, makes people, and writes as many sessions as it can."
    )

    @Option(help: "The line of JSON that `gatehouse serve --json` prints once it is ready.")
    var ready: String

    @Option(help: "The database as gatehouse_app.")
    var appDatabaseURL: String

    @Option(help: "The database as its owner.")
    var ownerDatabaseURL: String

    @Option(help: "The folder with wrk's and pgbench's scripts.")
    var scripts: String = "Benchmarks"

    @Option(help: "An empty folder for what the scripts read.")
    var workspace: String

    @Option(help: "KiB of memory that one hash of the tenant takes.")
    var memoryKib: UInt32

    @Option(help: "The passes over that memory.")
    var iterations: UInt32

    @OptionGroup(title: "Start-up")
    var startUp: StartUpOptions

    @Option(help: "How many times everything is measured.")
    var rounds: Int = 3

    @Option(help: "How long each scenario runs each time, in seconds.")
    var seconds: Int = 4

    @Flag(
        help: """
            Compare one tenant with a thousand keys to \(ScaleBench.tenants) tenants with \(ScaleBench.keys) keys, and \
            measure nothing else.
            """)
    var scale = false

    @Option(help: "Make so many tenants at run time, about, and measure nothing else.")
    var onboarding: Int?

    @Option(help: "A file for the result as JSON, beside the table.")
    var json: String?

    func validate() throws {
        guard rounds > 0, seconds > 0 else { throw ValidationError("--rounds and --seconds begin at 1") }
        guard (onboarding ?? 1) > 0 else { throw ValidationError("--onboarding begins at 1") }
    }

    func run() async throws {
        let folder = URL(filePath: workspace, directoryHint: .isDirectory)
        if scale {
            let report = try await measureScale(in: folder)
            return try hand(out: report, table: report.table)
        }
        if let onboarding {
            let bench = OnboardingBench(
                gatehouse: startUp.gatehouse, folder: folder, database: database, server: try ReadyLine(ready).url,
                tenants: onboarding)
            let report = try await bench.run()
            return try hand(out: report, table: report.table)
        }
        let log = folder.appending(path: "vault.log")
        let report = try await RunningProgram.use(startUp.vaultDouble, [], log: log) { ready in
            try await measure(with: try VaultClient(ready: ready), in: folder)
        }
        try hand(out: report, table: report.table)
    }

    private func hand(out report: some Encodable, table: String) throws {
        if let json { try report.encodedReport().write(to: URL(filePath: json)) }
        try Output.show(table)
    }

    private func measureScale(in folder: URL) async throws -> ScaleReport {
        let bench = ScaleBench(
            gatehouse: startUp.gatehouse, scripts: URL(filePath: scripts, directoryHint: .isDirectory), folder: folder,
            rounds: rounds, seconds: seconds, cores: ProcessInfo.processInfo.activeProcessorCount)
        return try await bench.run(try ReadyLine(ready), database)
    }

    private var database: ScaleSite.Database {
        let urls = [
            "app": appDatabaseURL, "owner": ownerDatabaseURL, "platform": startUp.platformDatabaseURL,
            "maintenance": startUp.maintenanceDatabaseURL,
        ]
        return ScaleSite.Database(urls: urls, keys: startUp.keys)
    }

    private func measure(with vault: VaultClient, in folder: URL) async throws -> Report {
        let line = try ReadyLine(self.ready)
        let tenant = TenantClient(issuer: line.issuer(of: line.invitation.tenant), server: line.url)
        Output.tell("making people")
        let population = try await Population.make(count: 24, in: tenant, invitation: line.invitation)
        Output.tell("making \(KeyTraffic.keyCount) keys")
        let keys = try await KeyPopulation.make(
            KeyTraffic.keyCount, of: tenant, owner: population.owner, folder: folder)
        return try await RunningProgram.use(
            startUp.gatehouse, forgetfulNode(folder), log: folder.appending(path: "node.log")
        ) {
            let node = try NodeLine($0).url
            let scripts = URL(filePath: scripts, directoryHint: .isDirectory)
            let load = { (url: URL) in
                LoadGenerator(scripts: scripts.appending(path: "wrk"), issuer: url, folder: folder, seconds: seconds)
            }
            let traffic = KeyTraffic(remembering: load(line.url), forgetful: load(node))
            let report = try await measure(
                try await prepare(in: folder, population, tenant, traffic, vault: vault))
            guard try await keys.uses() > 0 else { throw BenchmarkError("no key was found good") }
            return report
        }
    }

    /// A second node on the same database, which remembers no key.
    private func forgetfulNode(_ folder: URL) -> [String] {
        [
            "serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0", "--key-cache", "0",
            "--trusted-proxies", "127.0.0.1/32", "--tenants", folder.appending(path: "tenants").path,
            "--data", folder.appending(path: "node").path, "--secrets", "file:\(startUp.keys)",
            "--database-url", appDatabaseURL, "--platform-database-url", startUp.platformDatabaseURL,
            "--maintenance-database-url", startUp.maintenanceDatabaseURL,
        ]
    }

    private func measure(_ bench: Bench) async throws -> Report {
        var measured: [Round] = []
        for number in 1...rounds {
            Output.tell("round \(number) of \(rounds)")
            measured.append(try await bench.run())
        }
        return Report(
            setting: Setting(
                cores: bench.traffic.cores, memoryKiB: memoryKib, iterations: iterations, rounds: rounds,
                secondsPerScenario: seconds, tenantsAtStartUp: StartUp.tenants,
                vaultLatencyMilliseconds: StartUp.latencyMilliseconds),
            rounds: measured)
    }

    private func prepare(
        in folder: URL, _ population: Population, _ tenant: TenantClient, _ keys: KeyTraffic, vault: VaultClient
    ) async throws -> Bench {
        let scripts = URL(filePath: scripts, directoryHint: .isDirectory)
        let urls = BareDatabase.URLs(app: appDatabaseURL, owner: ownerDatabaseURL)
        let traffic = try await traffic(population, tenant, scripts: scripts.appending(path: "wrk"), folder: folder)
        Output.tell("making \(StartUp.tenants) tenants")
        let startUp = try await StartUpTrial.prepare(
            startUp, database: urls, vault: vault, folder: folder.appending(path: "start-up"))
        return Bench(
            traffic: traffic, keys: keys, seconds: seconds,
            argon2: BareArgon2(memoryKiB: memoryKib, iterations: iterations),
            database: try await BareDatabase.prepare(
                scripts: scripts.appending(path: "pgbench"), urls: urls, seconds: seconds),
            cells: try SealedCells(), startUp: startUp)
    }

    private func traffic(
        _ population: Population, _ tenant: TenantClient, scripts: URL, folder: URL
    ) async throws -> Traffic {
        try population.writePeople(to: folder)
        let traffic = Traffic(
            load: LoadGenerator(scripts: scripts, issuer: tenant.issuer, folder: folder, seconds: seconds),
            population: population, folder: folder, cores: ProcessInfo.processInfo.activeProcessorCount)
        Output.tell("warming up")
        try await traffic.warmUp()
        return traffic
    }
}
