/// The settings of a role that say what its tokens are like; every method of logging in has them.
struct TokenRoleSettings {
    private(set) var policies: [String] = []
    private var lifeSeconds = 0
    private var maxLifeSeconds = 0
    private var explicitMaxSeconds = 0
    private var periodSeconds = 0
    private var uses = 0
    private var omitsDefaultPolicy = false
    private var kind = "default"
    private var networks: [Network] = []

    mutating func take(_ request: VaultRequest) {
        policies = request.strings("token_policies") ?? request.strings("policies") ?? policies
        lifeSeconds = request.seconds("token_ttl") ?? request.seconds("ttl") ?? lifeSeconds
        maxLifeSeconds = request.seconds("token_max_ttl") ?? request.seconds("max_ttl") ?? maxLifeSeconds
        explicitMaxSeconds = request.seconds("token_explicit_max_ttl") ?? explicitMaxSeconds
        periodSeconds = request.seconds("token_period") ?? request.seconds("period") ?? periodSeconds
        uses = request.integer("token_num_uses") ?? uses
        omitsDefaultPolicy = request.bool("token_no_default_policy") ?? omitsDefaultPolicy
        kind = request.text("token_type") ?? kind
        networks = request.strings("token_bound_cidrs")?.compactMap(Network.init) ?? networks
    }

    func grant(path: String, displayName: String, metadata: JSONValue, entityID: String) -> TokenGrant {
        let isBatch = kind == "batch"
        return TokenGrant(
            policies: policies, omitsDefaultPolicy: omitsDefaultPolicy, metadata: metadata, displayName: displayName,
            path: path, lifeSeconds: lifeSeconds, maxLifeSeconds: maxLifeSeconds,
            explicitMaxSeconds: explicitMaxSeconds, periodSeconds: periodSeconds, uses: uses, isRenewable: !isBatch,
            isBatch: isBatch, boundNetworks: networks, entityID: entityID)
    }

    var json: [String: JSONValue] {
        [
            "token_bound_cidrs": .strings(networks.map(\.text)),
            "token_explicit_max_ttl": .integer(explicitMaxSeconds), "token_max_ttl": .integer(maxLifeSeconds),
            "token_no_default_policy": .bool(omitsDefaultPolicy), "token_num_uses": .integer(uses),
            "token_period": .integer(periodSeconds), "token_policies": .strings(policies),
            "token_ttl": .integer(lifeSeconds), "token_type": .string(kind),
        ]
    }
}
