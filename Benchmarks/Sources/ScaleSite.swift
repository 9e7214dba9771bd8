import Foundation

/// One of the two installations whose speed is compared: a server with a database of its own, and a second node on that
/// database that remembers no key.
struct ScaleSite {
    /// How to reach the database, and where its keys are.
    struct Database {
        let urls: [String: String]
        let keys: String

        /// What a further node on it is started with.
        var arguments: [String] {
            [
                "--secrets", "file:\(keys)", "--database-url", urls["app"] ?? "",
                "--platform-database-url", urls["platform"] ?? "",
                "--maintenance-database-url", urls["maintenance"] ?? "",
            ]
        }
    }

    let database: Database
    private let server: LoadGenerator
    private let forgetful: LoadGenerator
    private let operations: URL
    private let forgetfulOperations: URL

    /// Makes people and keys at the server that printed `ready`, and writes them to `folder`.
    static func populate(_ ready: ReadyLine, folder: URL) async throws {
        let tenant = TenantClient(issuer: ready.issuer(of: ready.invitation.tenant), server: ready.url)
        let population = try await Population.make(count: 24, in: tenant, invitation: ready.invitation)
        try population.writePeople(to: folder)
        _ = try await KeyPopulation.make(KeyTraffic.keyCount, of: tenant, owner: population.owner, folder: folder)
    }

    init(_ ready: ReadyLine, node: NodeLine, database: Database, scripts: URL, folder: URL, seconds: Int) {
        let load = { (url: URL) in LoadGenerator(scripts: scripts, issuer: url, folder: folder, seconds: seconds) }
        self.database = database
        server = load(ready.issuer(of: ready.invitation.tenant))
        forgetful = load(node.url)
        (operations, forgetfulOperations) = (ready.operationsURL, node.operationsURL)
    }

    /// Keys that the node remembers, keys that it looks up, and sign-ins; each with its transactions for each request.
    func measure(cores: Int) async throws -> ScaleFigures {
        ScaleFigures(
            remembered: try await counted(operations) {
                try await server.run("verify_key.lua", connections: KeyTraffic.connections)
            },
            lookedUp: try await counted(forgetfulOperations) {
                try await forgetful.run("verify_key.lua", connections: KeyTraffic.connections)
            },
            signIn: try await counted(operations) { try await server.run("sign_in.lua", connections: cores * 4) })
    }

    private func counted(_ operations: URL, _ run: () async throws -> Figures) async throws -> CountedFigures {
        let before = try await Self.transactions(operations)
        let figures = try await run()
        let count = try await Self.transactions(operations) - before
        let requests = figures.ratePerSecond * Double(server.seconds)
        return CountedFigures(figures: figures, transactionsPerRequest: count / requests)
    }

    /// How many transactions a node has run up to now, by its own account.
    private static func transactions(_ operations: URL) async throws -> Double {
        let text = try await JSONRequest(method: "GET", url: operations.appending(path: "metrics"), headers: [:]).send()
        let name = "gatehouse_database_transaction_seconds_count"
        return String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix(name) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}

/// How fast one site was in one round.
struct ScaleFigures {
    let remembered: CountedFigures
    let lookedUp: CountedFigures
    let signIn: CountedFigures
}

struct CountedFigures {
    let figures: Figures
    let transactionsPerRequest: Double
}
