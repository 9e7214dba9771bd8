import Foundation

/// The load of API keys that are verified: at the server that is measured, which remembers them, and at a second node
/// on the same database, which looks each up anew.
struct KeyTraffic {
    static let connections = 32
    private static let probeConnections = 4
    static let keyCount = 1000

    let remembering: LoadGenerator
    let forgetful: LoadGenerator

    func bareJSON() async throws -> Figures {
        try await remembering.run("bare_json.lua", connections: Self.connections)
    }

    func remembered() async throws -> Figures {
        try await remembering.run("verify_key.lua", connections: Self.connections)
    }

    func lookedUp() async throws -> Figures { try await forgetful.run("verify_key.lua", connections: Self.connections) }

    /// A few paced verifications, for their latency.
    func probe() async throws -> Figures {
        try await remembering.run("verify_key.lua", connections: Self.probeConnections, .paced)
    }
}

/// The keys of the tenant that is measured.
struct KeyPopulation {
    private let client: TenantClient
    private let owner: TenantClient.Tokens

    /// Makes the keys and writes `keys.tsv`, a key on each line.
    static func make(
        _ count: Int, of client: TenantClient, owner: TenantClient.Tokens, folder: URL
    ) async throws -> KeyPopulation {
        var lines: [String] = []
        for number in 1...count { lines.append(try await client.makeKey("key \(number)", owner: owner) + "\n") }
        try Data(lines.joined().utf8).write(to: folder.appending(path: "keys.tsv"))
        return KeyPopulation(client: client, owner: owner)
    }

    /// How often all keys were found good up to now.
    func uses() async throws -> Int {
        // Uses are written down every four seconds.
        try await Task.sleep(for: .seconds(6))
        return try await client.keyUses(owner: owner)
    }
}
