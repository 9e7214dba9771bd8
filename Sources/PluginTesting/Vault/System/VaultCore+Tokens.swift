extension VaultCore {
    /// Answers what lies beneath `auth/token/`.
    mutating func answerTokens(_ request: VaultRequest, for token: VaultToken) throws(VaultRefusal) -> VaultAnswer {
        let action = String(request.path.dropFirst("auth/token/".utf8.count))
        if action == "lookup-self" {
            guard request.operation == .read || request.operation.isWrite else { throw .unsupportedOperation }
            return .data(token.json(at: request.now))
        }
        guard request.operation.isWrite || (action == "lookup" && request.operation == .read) else {
            throw .unsupportedOperation
        }
        switch action {
        case "create", "create-orphan": return try create(request, for: token, isOrphan: action == "create-orphan")
        case "lookup", "lookup-accessor": return .data(try named(request, orElse: token).json(at: request.now))
        case "renew-self": return try renew(token, request)
        case "renew", "renew-accessor": return try renew(try named(request, orElse: token), request)
        case "revoke-self": return try revoke(token)
        case "revoke", "revoke-accessor": return try revoke(try named(request, orElse: nil))
        case "revoke-orphan":
            tokens.revoke(try named(request, orElse: nil).id, sparingChildren: true)
            return .done
        default: throw .unsupportedPath
        }
    }

    /// The token that the body speaks of.
    private func named(_ request: VaultRequest, orElse own: VaultToken?) throws(VaultRefusal) -> VaultToken {
        if let accessor = request.text("accessor") {
            guard let found = tokens.find(accessor: accessor, at: request.now) else {
                throw VaultRefusal(status: 403, errors: ["1 error occurred:\n\t* invalid accessor\n\n"])
            }
            return found
        }
        guard let id = request.text("token") else {
            guard let own else { throw .invalid("missing token ID") }
            return own
        }
        guard let found = tokens.find(id, at: request.now) else {
            throw VaultRefusal(status: 403, errors: ["bad token"])
        }
        return found
    }

    private mutating func renew(_ token: VaultToken, _ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        let warnings = try tokens.renew(token.id, by: request.seconds("increment"), at: request.now)
        guard let renewed = tokens.find(token.id, at: request.now) else { throw .badToken }
        var answer = VaultAnswer.auth(renewed.authJSON(at: request.now))
        answer.warnings = warnings
        return answer
    }

    private mutating func revoke(_ token: VaultToken) throws(VaultRefusal) -> VaultAnswer {
        guard !token.isBatch else { throw .invalid("batch tokens cannot be revoked") }
        tokens.revoke(token.id)
        return .done
    }

    private mutating func create(
        _ request: VaultRequest, for parent: VaultToken, isOrphan: Bool
    ) throws(VaultRefusal) -> VaultAnswer {
        guard !parent.isBatch else { throw .invalid("batch tokens cannot create more tokens") }
        let isRoot = parent.policies.contains("root")
        let policies = request.strings("policies") ?? parent.policies
        guard isRoot || Set(policies).subtracting(["default"]).isSubset(of: parent.policies) else {
            throw .invalid("child policies must be subset of parent")
        }
        guard isRoot || request.body["id"] == nil else {
            throw .invalid("root or sudo privileges required to specify token id")
        }
        var grant = Self.grant(request, policies: policies)
        grant.isOrphan = isOrphan || (isRoot && request.bool("no_parent") == true)
        let token = tokens.issue(grant, parent: parent.id, namespace: request.namespace, at: request.now)
        return .auth(token.authJSON(at: request.now))
    }

    private static func grant(_ request: VaultRequest, policies: [String]) -> TokenGrant {
        TokenGrant(
            policies: policies, omitsDefaultPolicy: request.bool("no_default_policy") ?? false,
            metadata: request.body["meta"] ?? .null,
            displayName: request.text("display_name").map { "token-\($0)" } ?? "token", path: "auth/token/create",
            lifeSeconds: request.seconds("ttl") ?? 0, explicitMaxSeconds: request.seconds("explicit_max_ttl") ?? 0,
            periodSeconds: request.seconds("period") ?? 0, uses: request.integer("num_uses") ?? 0,
            isRenewable: request.bool("renewable") ?? true, isBatch: request.text("type") == "batch",
            id: request.text("id"))
    }
}
