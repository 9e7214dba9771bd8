import Foundation

extension VaultCore {
    /// Answers a request that the state lets through.
    mutating func answer(_ asked: VaultRequest) throws(VaultRefusal) -> HTTPReply {
        let request = try inItsNamespace(asked)
        let verdict = quotas.judge(request.path, at: request.now)
        var reply: HTTPReply
        if verdict.admits {
            reply = try work(request).reply
        } else {
            reply = .errors(429, ["request path \"\(request.path)\": rate limit quota exceeded"])
        }
        reply.headers += verdict.headers
        return reply
    }

    /// The same request with all that names a namespace moved out of its path.
    private func inItsNamespace(_ asked: VaultRequest) throws(VaultRefusal) -> VaultRequest {
        var request = asked
        guard configuration.namespacesEnabled else {
            request.namespace = ""
            return request
        }
        let whole = request.namespace + request.path
        let known = namespaces.keys.filter { whole.hasPrefix($0) && $0.utf8.count >= request.namespace.utf8.count }
        guard let namespace = known.max(by: { $0.utf8.count < $1.utf8.count }) else {
            throw VaultRefusal(status: 404, errors: [Self.noRoute(whole)])
        }
        request.namespace = namespace
        request.path = String(whole.dropFirst(namespace.count))
        return request
    }

    private mutating func work(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        if let answer = try answerWithoutToken(request) { return try finish(answer, to: request) }
        let token = try admit(request)
        defer { tokens.settle(token.id) }
        var request = request
        if request.operation == .update, exists(request) == false { request.operation = .create }
        guard isAllowed(request, for: token) else { throw .denied }
        return try finish(try route(request, for: token), to: request)
    }

    private mutating func route(
        _ request: VaultRequest, for token: VaultToken
    ) throws(VaultRefusal) -> VaultAnswer {
        if request.path.hasPrefix("sys/") { return try answerSystem(request, for: token) }
        if request.path.hasPrefix("auth/token/") { return try answerTokens(request, for: token) }
        return try answerMount(request)
    }

    /// Hands the request to the engine whose mount its path begins with.
    private mutating func answerMount(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard let path = namespaces[request.namespace]?.mount(of: request.path),
            var engine = namespaces[request.namespace]?.mounts[path]?.engine
        else {
            throw VaultRefusal(status: 404, errors: [Self.noRoute(request.path)])
        }
        var inner = request
        inner.mount = path
        inner.path = String(request.path.dropFirst(path.count))
        defer { namespaces[request.namespace]?.mounts[path]?.engine = engine }
        return try engine.answer(inner)
    }

    static func noRoute(_ path: String) -> String {
        "no handler for route \"\(path)\". route entry not found."
    }

    private func exists(_ request: VaultRequest) -> Bool? {
        guard let namespace = namespaces[request.namespace], let path = namespace.mount(of: request.path) else {
            return nil
        }
        return namespace.mounts[path]?.engine.exists(String(request.path.dropFirst(path.count)))
    }

    /// Makes a token of a login, and wraps what is to be wrapped.
    private mutating func finish(_ answer: VaultAnswer, to request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        var answer = answer
        if let grant = answer.grant {
            let token = tokens.issue(grant, namespace: request.namespace, at: request.now)
            answer.auth = token.authJSON(at: request.now)
            answer.grant = nil
        }
        guard let seconds = request.wrapSeconds, answer.status == 200, !Self.isUnwrapping(request.path) else {
            return answer
        }
        return wrappings.wrap(answer, path: request.path, seconds: seconds, at: request.now)
    }

    private static func isUnwrapping(_ path: String) -> Bool {
        path.hasPrefix("sys/wrapping/") && path != "sys/wrapping/wrap"
    }
}

// Who asks, and what he may.
extension VaultCore {
    private mutating func admit(_ request: VaultRequest) throws(VaultRefusal) -> VaultToken {
        guard let id = request.token, !id.isEmpty else { throw .badToken }
        if wrappings.knows(id) {
            // A wrapping token is good for one thing; any other use of it is its last.
            wrappings.burn(id)
            throw .denied
        }
        guard let found = tokens.find(id, at: request.now), found.admits(request.remoteAddress),
            request.namespace.hasPrefix(found.namespace), let token = tokens.use(id)
        else { throw .badToken }
        return token
    }

    /// Whether the policies let the token do that; they speak of paths as seen from the token's own namespace.
    func isAllowed(_ request: VaultRequest, for token: VaultToken) -> Bool {
        let path = request.namespace.dropFirst(token.namespace.count) + request.path
        let policies = namespaces[token.namespace]?.policies ?? PolicySet()
        if Self.isOpen(request.path) { return true }
        return policies.allows(request.operation, at: String(path), for: token.policies)
    }

    // It decides for itself what a token may see.
    private static func isOpen(_ path: String) -> Bool {
        path.hasPrefix("sys/internal/ui/mounts")
    }

    /// The answer to what is asked before one has a token; `nil` for everything else.
    private mutating func answerWithoutToken(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer? {
        switch request.path {
        case "sys/wrapping/lookup": return try lookUpWrapping(request)
        case "sys/wrapping/unwrap": return try unwrap(request)
        default: return isLogin(request) ? try answerMount(request) : nil
        }
    }

    private func isLogin(_ request: VaultRequest) -> Bool {
        guard request.path.hasPrefix("auth/"), let mount = namespaces[request.namespace]?.mount(of: request.path) else {
            return false
        }
        return request.path.dropFirst(mount.count) == "login"
    }

    private func lookUpWrapping(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard let token = request.text("token") ?? request.token else {
            throw .invalid("missing \"token\" value in input")
        }
        return try wrappings.describe(token, at: request.now)
    }

    private mutating func unwrap(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer? {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let header = request.token ?? ""
        guard let named = request.text("token") else {
            return tokens.find(header, at: request.now) != nil
                ? nil : try wrappings.unwrap(header, at: request.now)
        }
        // Given in both places, the header alone uses the token up, and nothing is left to unwrap.
        if wrappings.knows(header) {
            wrappings.burn(header)
            return try wrappings.unwrap(header == named ? header : "", at: request.now)
        }
        // With a token of his own the caller needs to be allowed to.
        return header.isEmpty ? try wrappings.unwrap(named, at: request.now) : nil
    }
}
