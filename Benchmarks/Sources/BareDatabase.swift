import Foundation

/// The database by pgbench, with no server before it: what PostgreSQL alone does on this machine.
struct BareDatabase {
    struct URLs {
        let app: String
        let owner: String
    }

    private let scripts: URL
    private let urls: URLs
    private let seconds: Int
    private let context: String
    private let session: String
    private let keyHash: String

    /// How many connections look keys up.
    static let keyConnections = 8

    /// Brings the statistics of the database up to date, picks a live session and has its tenant's context signed.
    ///
    /// - Throws: ``BenchmarkError`` where there is no live session.
    static func prepare(scripts: URL, urls: URLs, seconds: Int) async throws -> BareDatabase {
        let psql = Subprocess(
            name: "psql",
            arguments: [
                "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
                "--file", "prepare.sql", urls.owner,
            ],
            folder: scripts)
        let fields = try await psql.output().split { $0 == "|" || $0.isNewline }.map(String.init)
        guard fields.count == 3 else { throw BenchmarkError("the database holds no live session or key to look up") }
        return BareDatabase(
            scripts: scripts, urls: urls, seconds: seconds, context: fields[0], session: fields[1], keyHash: fields[2])
    }

    /// Looks a session up in a transaction that proves its tenant by a signed context.
    func sessionLookups(connections: Int) async throws -> Figures {
        try await pgbench(
            "session_lookup.sql", urls.app, connections: connections,
            variables: ["context=\(context)", "session=\(session)"])
    }

    /// Looks an API key up, in a transaction that proves its tenant.
    func keyLookups(connections: Int) async throws -> Figures {
        try await pgbench(
            "key_lookup.sql", urls.app, connections: connections, variables: ["context=\(context)", "hash=\(keyHash)"])
    }

    /// Commits transactions of one small row each.
    func commits(connections: Int) async throws -> Figures {
        try await pgbench("commit.sql", urls.owner, connections: connections, variables: [])
    }

    /// Runs one script over connections of which each sends as soon as it was answered.
    private func pgbench(
        _ script: String, _ url: String, connections: Int, variables: [String]
    ) async throws -> Figures {
        let pgbench = Subprocess(
            name: "pgbench",
            arguments: [
                "--no-vacuum", "--protocol", "prepared", "--client", "\(connections)", "--time", "\(seconds)",
                "--file", script,
            ] + variables.flatMap { ["--define", $0] } + [url],
            folder: scripts)
        let output = try await pgbench.output()
        guard let match = output.firstMatch(of: /tps = ([0-9.]+)/), let rate = Double(match.1) else {
            throw BenchmarkError("\(script): pgbench printed no rate")
        }
        return Figures(ratePerSecond: rate)
    }
}
