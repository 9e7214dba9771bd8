import Foundation

/// The load of each scenario that goes through the server.
struct Traffic {
    /// Enough to keep the server busy, and few enough that the figures are not those of a queue.
    static let floodConnections = 16
    private static let probeConnections = 4

    let load: LoadGenerator
    let population: Population
    /// Where the scripts find the population.
    let folder: URL
    let cores: Int

    /// Fills the tables and the caches.
    func warmUp() async throws {
        _ = try await refreshes()
        _ = try await signIns()
    }

    func bareHTTP() async throws -> Figures {
        try await load.run("bare_http.lua", connections: Self.floodConnections)
    }

    func me() async throws -> Figures {
        try await load.run("me.lua", connections: Self.floodConnections)
    }

    func refreshes() async throws -> Figures {
        // wrk composes one request more than it sends, to look at it.
        try await population.writeChains(Self.floodConnections + 1, to: folder)
        return try await load.run("refresh.lua", connections: Self.floodConnections)
    }

    func signIns() async throws -> Figures {
        // Beyond the threads of the hashing pool, so that a password always waits for each of them.
        try await load.run("sign_in.lua", connections: cores * 4)
    }

    /// A few paced requests, for their latency.
    func probe() async throws -> (bareHTTP: Figures, me: Figures) {
        async let bareHTTP = load.run("bare_http.lua", connections: Self.probeConnections, .paced)
        async let me = load.run("me.lua", connections: Self.probeConnections, .paced)
        return try await (bareHTTP, me)
    }

    func probeWhileSignInsSaturate() async throws -> (bareHTTP: Figures, me: Figures) {
        try await whileSignInsSaturate { try await probe() }
    }

    /// What `body` gives while sign-ins keep the hashing pool full.
    func whileSignInsSaturate<Value>(_ body: () async throws -> Value) async throws -> Value {
        async let signIns = signIns()
        let value = try await body()
        _ = try await signIns
        return value
    }
}
