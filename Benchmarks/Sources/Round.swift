/// What is measured in every round.
enum Scenario: String, CaseIterable, Codable, CodingKeyRepresentable {
    /// argon2id alone, with the tenant's cost, on as many threads as the server hashes on.
    case bareHash = "bare_argon2id"
    case signIn = "sign_in"
    /// A strict JSON body to a route that needs no database.
    case bareHTTP = "bare_http"
    /// Transactions of one row, made durable by PostgreSQL alone.
    case commit
    case refresh
    case me
    /// The look-up of a session by PostgreSQL alone.
    case sessionLookup = "session_lookup"
    /// A few paced requests while nothing else runs.
    case quietHTTP = "bare_http_quiet"
    case quietMe = "me_quiet"
    /// The same while sign-ins keep the hashing pool full.
    case saturatedHTTP = "bare_http_saturated"
    case saturatedMe = "me_saturated"
    /// A strict JSON body to the route that verifies keys, with text that is none: JSON in, JSON out, nothing else.
    case bareJSON = "bare_json"
    /// API keys that the node remembers.
    case rememberedKey = "verify_key_remembered"
    /// API keys that the node looks up anew each time.
    case lookedUpKey = "verify_key_looked_up"
    /// The look-up of an API key by PostgreSQL alone.
    case keyLookup = "key_lookup"
    case quietKey = "verify_key_quiet"
    case saturatedKey = "verify_key_saturated"
    /// The cipher alone, on one thread.
    case bareSeal = "bare_aes_256_gcm_seal"
    case sealCells = "seal_cells"
    case bareOpen = "bare_aes_256_gcm_open"
    case openCells = "open_cells"
}

/// How fast something went.
struct Figures: Codable {
    let ratePerSecond: Double
    /// Half of the requests took no longer; absent where single times are not known.
    var p50Milliseconds: Double?
    var p99Milliseconds: Double?
}

/// The figures of all scenarios, taken one shortly after the other.
struct Round {
    private var figures: [Scenario: Figures] = [:]
    var startUp: StartUp?

    subscript(scenario: Scenario) -> Figures? {
        get { figures[scenario] }
        set { figures[scenario] = newValue }
    }

    mutating func add(_ more: [Scenario: Figures]) {
        figures.merge(more) { _, newer in newer }
    }
}
