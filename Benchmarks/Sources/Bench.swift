/// Measures all scenarios once, in a fixed order: what is compared stands side by side.
struct Bench {
    let traffic: Traffic
    let keys: KeyTraffic
    let seconds: Int
    let argon2: BareArgon2
    let database: BareDatabase
    let cells: SealedCells
    let startUp: StartUpTrial

    func run() async throws -> Round {
        var round = Round()
        round[.bareHash] = try await argon2.measure(threads: traffic.cores, for: .seconds(seconds))
        round[.signIn] = try await traffic.signIns()
        round[.bareHTTP] = try await traffic.bareHTTP()
        round[.commit] = try await database.commits(connections: Traffic.floodConnections)
        round[.refresh] = try await traffic.refreshes()
        round[.me] = try await traffic.me()
        round[.sessionLookup] = try await database.sessionLookups(connections: Traffic.floodConnections)
        (round[.quietHTTP], round[.quietMe]) = try await traffic.probe()
        (round[.saturatedHTTP], round[.saturatedMe]) = try await traffic.probeWhileSignInsSaturate()
        round[.bareJSON] = try await keys.bareJSON()
        round[.rememberedKey] = try await keys.remembered()
        round[.lookedUpKey] = try await keys.lookedUp()
        round[.keyLookup] = try await database.keyLookups(connections: BareDatabase.keyConnections)
        round[.quietKey] = try await keys.probe()
        round[.saturatedKey] = try await traffic.whileSignInsSaturate { try await keys.probe() }
        // Four measurements share the time of one scenario.
        round.add(try cells.measure(for: Double(seconds) / 4))
        round.startUp = try await startUp.measure()
        return round
    }
}
