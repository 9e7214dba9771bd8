import Foundation

/// Whether many tenants and many keys make anything slower: one tenant with a thousand keys beside ten thousand tenants
/// with a million keys, each on a database of its own, measured in turn.
struct ScaleBench {
    static let tenants = 10_000
    static let keys = 1_000_000

    let gatehouse: String
    let scripts: URL
    let folder: URL
    let rounds: Int
    let seconds: Int
    let cores: Int

    private var tenants: ScaleTenants {
        ScaleTenants(measured: folder.appending(path: "tenants/bench.yaml"), folder: folder)
    }

    /// - Parameters:
    ///   - ready: the word of the server that has one tenant.
    ///   - database: how that server reaches its database.
    func run(_ ready: ReadyLine, _ database: ScaleSite.Database) async throws -> ScaleReport {
        let files = try tenants.folder(of: Self.tenants)
        Output.tell("starting a server with \(Self.tenants) tenants")
        let arguments = Self.listening + ["--tenants", files.path, "--data", data.path]
        return try await RunningProgram.use(gatehouse, arguments, log: folder.appending(path: "large.log")) { line in
            let large = (ready: try ReadyLine(line), database: try await largeDatabase(files))
            Output.tell("making people and keys, twice")
            try await ScaleSite.populate(ready, folder: try people("small"))
            try await ScaleSite.populate(large.ready, folder: try people("large"))
            Output.tell("writing \(Self.keys) keys")
            try await fill(large.database)
            return try await withSite("small", ready, database, tenants.folder(of: 1)) { small in
                try await withSite("large", large.ready, large.database, files) { large in
                    try await measure(small, large)
                }
            }
        }
    }

    private func measure(_ small: ScaleSite, _ large: ScaleSite) async throws -> ScaleReport {
        var measured: [ScaleRound] = []
        for number in 1...rounds {
            Output.tell("round \(number) of \(rounds)")
            measured.append(
                ScaleRound(small: try await small.measure(cores: cores), large: try await large.measure(cores: cores)))
        }
        var starts: [ScaleStart] = []
        for number in 1...rounds {
            Output.tell("starts \(number) of \(rounds)")
            for count in [1, 100, Self.tenants] { starts.append(try await start(count, at: large.database)) }
        }
        return ScaleReport(rounds: measured, starts: starts)
    }

    /// Starts a node with `count` tenants and stops it again.
    private func start(_ count: Int, at database: ScaleSite.Database) async throws -> ScaleStart {
        let arguments = try nodeArguments("start-\(count)", database, try tenants.folder(of: count))
        let log = folder.appending(path: "start.log")
        let start = ContinuousClock.now
        return try await RunningProgram.use(gatehouse, arguments, log: log) { program, _ in
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            // What starting took is given back, and what is done now and then has been done.
            try await Task.sleep(for: .seconds(5))
            return ScaleStart(tenants: count, seconds: seconds, residentKiB: try program.residentKiB())
        }
    }

    /// Runs a node that remembers no key beside the server of a site.
    private func withSite<Value>(
        _ name: String, _ ready: ReadyLine, _ database: ScaleSite.Database, _ files: URL,
        _ body: (ScaleSite) async throws -> Value
    ) async throws -> Value {
        let arguments = try nodeArguments(name, database, files) + ["--key-cache", "0"]
        return try await RunningProgram.use(gatehouse, arguments, log: folder.appending(path: "\(name)-node.log")) {
            let site = ScaleSite(
                ready, node: try NodeLine($0), database: database, scripts: scripts.appending(path: "wrk"),
                folder: try people(name), seconds: seconds)
            return try await body(site)
        }
    }

    private static let listening = [
        "serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0",
        "--trusted-proxies", "127.0.0.1/32",
    ]

    private func nodeArguments(_ name: String, _ database: ScaleSite.Database, _ files: URL) throws -> [String] {
        let own = folder.appending(path: "data-\(name)")
        return Self.listening + ["--tenants", files.path, "--data", own.path] + database.arguments
    }

    private var data: URL { folder.appending(path: "large") }

    private func people(_ site: String) throws -> URL {
        let people = folder.appending(path: "people-\(site)")
        try FileManager.default.createDirectory(at: people, withIntermediateDirectories: true)
        return people
    }

    private func largeDatabase(_ files: URL) async throws -> ScaleSite.Database {
        var urls: [String: String] = [:]
        for role in ["app", "owner", "platform", "maintenance"] {
            let program = Subprocess(
                name: gatehouse,
                arguments: ["database", "url", "--role", role, "--tenants", files.path, "--data", data.path],
                folder: folder)
            urls[role] = try await program.output().trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return ScaleSite.Database(urls: urls, keys: data.appending(path: "keys").path)
    }

    private func fill(_ database: ScaleSite.Database) async throws {
        let psql = Subprocess(
            name: "psql",
            arguments: [
                "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--set",
                "keys=\(Self.keys - KeyTraffic.keyCount)",
                "--file", "fill_keys.sql", database.urls["owner"] ?? "",
            ],
            folder: scripts.appending(path: "pgbench"), longestRunSeconds: 1200)
        _ = try await psql.output()
    }
}
