import Foundation

extension VaultCore {
    /// The answer to what a server tells about itself in every state; `nil` for everything else.
    mutating func answerInAnyState(_ request: HTTPRequest, at now: Date) -> HTTPReply? {
        switch (request.path, request.method) {
        case ("/v1/sys/health", "GET"), ("/v1/sys/health", "HEAD"): health(request, at: now)
        case ("/v1/sys/seal-status", "GET"): .json(200, sealStatus)
        case ("/v1/sys/leader", "GET"): .json(200, leader)
        case ("/v1/sys/init", "GET"): .json(200, ["initialized": .bool(seal.isInitialised)])
        case ("/v1/sys/init", "PUT"), ("/v1/sys/init", "POST"): initialise(request, at: now)
        case ("/v1/sys/unseal", "PUT"), ("/v1/sys/unseal", "POST"): unseal(request)
        default: nil
        }
    }

    private var sealStatus: JSONValue {
        let other: [String: JSONValue] = [
            "version": "1.14.3", "build_date": "", "migration": false, "recovery_seal": false,
            "storage_type": configuration.isClusterMember ? "raft" : "inmem",
        ]
        return .object(seal.json.merging(other) { $1 }.merging(clusterNames) { $1 })
    }

    /// Known to an unsealed server alone.
    private var clusterNames: [String: JSONValue] {
        guard !seal.isSealed else { return [:] }
        return ["cluster_name": .string(cluster.name), "cluster_id": .string(cluster.id)]
    }

    private var leader: JSONValue {
        var members: [String: JSONValue] = [
            "ha_enabled": .bool(configuration.isClusterMember || state.isStandby), "is_self": false,
            "active_time": "0001-01-01T00:00:00Z", "leader_address": .string(leaderAddress),
            "leader_cluster_address": .string(leaderAddress),
            "performance_standby": .bool(state == .performanceStandby),
            "performance_standby_last_remote_wal": 0,
        ]
        if configuration.isClusterMember {
            members["is_self"] = .bool(state == .active)
            members["raft_committed_index"] = 38
            members["raft_applied_index"] = 38
        }
        return .object(members)
    }

    private var leaderAddress: String {
        switch state {
        case .standby(let leader): leader ?? ""
        case .forwardingStandby, .performanceStandby: address
        case .active: configuration.isClusterMember ? address : ""
        case .sealed, .uninitialised: ""
        }
    }
}

// Health.
extension VaultCore {
    private func health(_ request: HTTPRequest, at now: Date) -> HTTPReply {
        var wanted = URLComponents()
        wanted.percentEncodedQuery = request.query.isEmpty ? nil : request.query
        let query = Dictionary((wanted.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
        guard let status = healthStatus(query) else { return .errors(400, []) }
        guard request.method != "HEAD", status != 204 else { return HTTPReply(status: status) }
        return .json(status, healthJSON(at: now))
    }

    /// `nil` where a code that was asked for is no number.
    private func healthStatus(_ query: [String: String]) -> Int? {
        let accepted = { (name: String) in query[name] != nil && query[name] != "false" }
        let (name, usual) =
            switch state {
            case .uninitialised: ("uninitcode", 501)
            case .sealed: ("sealedcode", 503)
            case .performanceStandby where accepted("perfstandbyok"): ("activecode", 200)
            case .performanceStandby: ("performancestandbycode", 473)
            case .standby where accepted("standbyok"), .forwardingStandby where accepted("standbyok"):
                ("activecode", 200)
            case .standby, .forwardingStandby: ("standbycode", 429)
            case .active: ("activecode", 200)
            }
        return query[name].map { Int($0) } ?? usual
    }

    private func healthJSON(at now: Date) -> JSONValue {
        let replication: JSONValue = seal.isSealed ? "unknown" : "disabled"
        let members: [String: JSONValue] = [
            "initialized": .bool(seal.isInitialised), "sealed": .bool(seal.isSealed),
            "standby": .bool(seal.isSealed || state.isStandby),
            "performance_standby": .bool(state == .performanceStandby), "replication_performance_mode": replication,
            "replication_dr_mode": replication, "server_time_utc": GoText.unixTime(now), "version": "1.14.3",
        ]
        return .object(members.merging(clusterNames) { $1 })
    }
}

// Keys.
extension VaultCore {
    private mutating func initialise(_ request: HTTPRequest, at now: Date) -> HTTPReply {
        guard !seal.isInitialised else { return .errors(400, ["Vault is already initialized"]) }
        let body = JSONValue(request.body)
        let (shares, threshold) = (body?["secret_shares"]?.integer ?? 0, body?["secret_threshold"]?.integer ?? 0)
        guard (1...255).contains(shares), (1...shares).contains(threshold) else {
            return .errors(400, ["invalid seal configuration: shares must be at least one and not below the threshold"])
        }
        let keys = seal.initialise(shares: shares, threshold: threshold)
        state = .sealed
        // A new server is an empty one.
        namespaces = ["": VaultNamespace()]
        tokens = TokenStore(root: configuration.rootToken, at: now)
        wrappings = WrappingStore()
        return .json(
            200,
            [
                "keys": .strings(keys.map(RandomText.hexadecimal)), "keys_base64": .strings(keys.map(GoBase64.encode)),
                "root_token": .string(configuration.rootToken),
            ])
    }

    private mutating func unseal(_ request: HTTPRequest) -> HTTPReply {
        guard seal.isInitialised else { return .errors(400, ["server is not yet initialized"]) }
        let body = JSONValue(request.body)
        if body?["reset"]?.bool == true {
            seal.forgetProgress()
            return .json(200, sealStatus)
        }
        guard let key = body?["key"]?.string else {
            return .errors(400, ["'key' must be specified in request body as JSON, or 'reset' set to true"])
        }
        do throws(VaultRefusal) {
            try seal.take(key)
        } catch {
            return error.reply
        }
        if state == .sealed, !seal.isSealed { state = .active }
        return .json(200, sealStatus)
    }
}
