import Foundation

/// Starts a server with many tenants, of which each has a Vault of its own to log in to, and stops it again.
///
/// The server works on the database of the one that is measured otherwise, as a second node would.
struct StartUpTrial {
    private let program: String
    private let arguments: [String]
    private let vault: VaultClient
    private let log: URL

    /// Fills `vault`, writes the tenants' files and starts once, so that all tenants are known to the database.
    static func prepare(
        _ options: StartUpOptions, database: BareDatabase.URLs, vault: VaultClient, folder: URL
    ) async throws -> StartUpTrial {
        let tenants = TenantFolder(folder: folder, count: StartUp.tenants)
        try tenants.write(role: try await vault.prepare(tenants: tenants.names), address: vault.address)
        let trial = StartUpTrial(
            program: options.gatehouse,
            arguments: [
                "serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0",
                "--tenants", tenants.files.path, "--data", folder.appending(path: "data").path,
                "--secrets", "file:\(options.keys)", "--database-url", database.app,
                "--platform-database-url", options.platformDatabaseURL,
                "--maintenance-database-url", options.maintenanceDatabaseURL,
            ],
            vault: vault, log: folder.appending(path: "server.log"))
        _ = try await trial.measure()
        return trial
    }

    /// - Throws: ``BenchmarkError`` where the server does not get ready or serves fewer tenants.
    func measure() async throws -> StartUp {
        struct Ready: Decodable { let tenants: Int }
        try await vault.clearJournal()
        let start = ContinuousClock.now
        return try await RunningProgram.use(program, arguments, log: log) { line in
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let journal = try await vault.journal()
            let ready = try JSONDecoder().decode(Ready.self, from: Data(line.utf8))
            guard ready.tenants == StartUp.tenants else {
                throw BenchmarkError("the server started with \(ready.tenants) of \(StartUp.tenants) tenants")
            }
            return StartUp(
                seconds: seconds, requests: journal.requests.count, mostRequestsAtOnce: journal.mostAtOnce)
        }
    }
}
