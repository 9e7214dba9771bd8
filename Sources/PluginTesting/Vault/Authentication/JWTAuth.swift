/// A token of a third party that may log in as a role.
struct AcceptedJWT: Hashable, Sendable {
    let jwt: String
    let role: String
}

/// The login methods Kubernetes and JWT, which take over what somebody else has certified.
///
/// Nothing is verified: what is accepted has been said beforehand.
struct JWTAuth: VaultEngine {
    enum Kind { case kubernetes, jwt }

    private struct Role {
        var tokens = TokenRoleSettings()
        var settings: [String: JSONValue] = [:]
        let entityID = RandomText.identifier()
    }

    private let kind: Kind
    private var accepted: Set<AcceptedJWT>
    private var roles: [String: Role] = [:]
    private var configuration: [String: JSONValue] = [:]

    init(kind: Kind, accepting accepted: Set<AcceptedJWT>) {
        self.kind = kind
        self.accepted = accepted
    }

    mutating func accept(_ jwt: AcceptedJWT) {
        accepted.insert(jwt)
    }

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.head {
        case "login": return try logIn(request)
        case "role": return try answerRole(request)
        case "config": return try answerConfiguration(request)
        default: throw .unsupportedPath
        }
    }

    private func logIn(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        guard let jwt = request.text("jwt"), !jwt.isEmpty else { throw .invalid("missing jwt") }
        guard let name = request.text("role"), !name.isEmpty else { throw .invalid("missing role") }
        guard let role = roles[name] else {
            let isKubernetes = kind == .kubernetes
            throw .invalid(isKubernetes ? "invalid role name \"\(name)\"" : "role \"\(name)\" could not be found")
        }
        guard accepted.contains(AcceptedJWT(jwt: jwt, role: name)) else {
            guard kind == .jwt else { throw .badToken }
            throw .invalid("error validating token: no known key successfully validated the token signature")
        }
        return .login(
            role.tokens.grant(
                path: request.mount + "login", displayName: String(request.mount.dropFirst(5).dropLast()) + "-\(name)",
                metadata: ["role": .string(name)], entityID: role.entityID))
    }

    private mutating func answerRole(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        let name = request.tail
        switch request.operation {
        case .list: return try .keys(roles.keys)
        case .read:
            guard let role = roles[name] else { throw .absent }
            return .data(.object(role.settings.merging(role.tokens.json) { $1 }))
        case .create, .update:
            roles[name, default: Role()].tokens.take(request)
            roles[name]?.settings.merge(request.body) { $1 }
            return .done
        case .delete:
            roles[name] = nil
            return .done
        case .patch: throw .unsupportedOperation
        }
    }

    /// Beside what Vault knows, `double_accepts` says which tokens are good: `[{"role": …, "jwt": …}]`.
    private mutating func answerConfiguration(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .read: return .data(.object(configuration))
        case .create, .update:
            for item in request.body["double_accepts"]?.array ?? [] {
                guard let jwt = item["jwt"]?.string, let role = item["role"]?.string else { continue }
                accept(AcceptedJWT(jwt: jwt, role: role))
            }
            configuration = request.body.filter { $0.key != "double_accepts" }
            return .done
        default: throw .unsupportedOperation
        }
    }
}
