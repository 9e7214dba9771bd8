/// What one start of a server with many tenants took, whose secrets are in a Vault that takes its time.
struct StartUp {
    /// As many as a server opens before anybody asks for them, nearly.
    static let tenants = 250
    /// How much later than it could Vault gives each answer.
    static let latencyMilliseconds = 20

    /// From the start of the program to its word that it is ready.
    let seconds: Double
    let requests: Int
    let mostRequestsAtOnce: Int

    var requestsPerTenant: Double { Double(requests) / Double(Self.tenants) }

    /// Below 1 where requests wait side by side; with a bound of 16, no less than 1/16.
    var secondsOverRequestsInTurn: Double {
        seconds / (Double(requests * Self.latencyMilliseconds) / 1000)
    }
}
