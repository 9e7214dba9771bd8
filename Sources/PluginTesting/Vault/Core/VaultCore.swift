import Foundation

/// The server beneath HTTP: its state, its content, and the way of a request through both.
///
/// A request passes in this order: the shape of its path, what every state answers, the state, the body, the quota, the
/// token, the policies, the mount.
struct VaultCore {
    let configuration: VaultDouble.Configuration
    /// The address at which clients reach the double.
    var address = ""
    var state = VaultState.active
    var seal: Seal
    var namespaces: [String: VaultNamespace]
    var tokens: TokenStore
    var wrappings = WrappingStore()
    var quotas = RateQuotas()
    let cluster = Cluster()
    private var acceptedJWTs: [String: Set<AcceptedJWT>] = [:]

    init(_ configuration: VaultDouble.Configuration, at now: Date) {
        self.configuration = configuration
        seal = Seal(key: configuration.unsealKey)
        tokens = TokenStore(root: configuration.rootToken, at: now)
        var root = VaultNamespace()
        if !configuration.isClusterMember {
            root.mounts["secret/"] = VaultMount(
                kind: "kv", description: "key/value secret storage", options: ["version": "2"], engine: KVStore())
        }
        namespaces = ["": root]
    }

    mutating func enter(_ state: VaultState) {
        self.state = state
        seal.isInitialised = state != .uninitialised
        if state == .sealed || state == .uninitialised { seal.close() } else { seal.open() }
    }

    mutating func reply(to request: HTTPRequest, at now: Date) -> HTTPReply {
        if let reply = routeAround(request) { return reply }
        if let reply = answerInAnyState(request, at: now) { return reply }
        if let reply = turnedAwayByState(request) { return reply }
        var reply: HTTPReply
        do throws(VaultRefusal) {
            reply = try answer(VaultRequest(request, at: now))
        } catch {
            reply = error.reply
        }
        if let namespace = request.header("x-vault-namespace") {
            reply.headers.append(("X-Vault-Namespace", namespace))
        }
        return reply
    }

    // The server in front of Vault's own paths is Go's, which tidies paths and knows the address of the pages.
    private func routeAround(_ request: HTTPRequest) -> HTTPReply? {
        let path = request.path
        if path == "/" { return .movedPage(307, to: "/ui/", "Temporary Redirect") }
        let tidied = Self.tidied(path)
        guard tidied == path else {
            let target = tidied + (request.query.isEmpty ? "" : "?\(request.query)")
            return .movedPage(301, to: target, "Moved Permanently")
        }
        return path.hasPrefix("/v1/") ? nil : .errors(404, [])
    }

    private static func tidied(_ path: String) -> String {
        var kept: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        return "/" + kept.joined(separator: "/") + (path.hasSuffix("/") && !kept.isEmpty ? "/" : "")
    }

    private func turnedAwayByState(_ request: HTTPRequest) -> HTTPReply? {
        switch state {
        case .sealed, .uninitialised: return VaultRefusal.sealed.reply
        case .standby(nil): return .errors(503, ["no active Vault instance found"])
        case .standby(let leader?): return .redirect(307, to: leader + request.target)
        case .forwardingStandby where request.header("x-vault-no-request-forwarding") == "true":
            return .redirect(307, to: address + request.target)
        case .forwardingStandby, .active, .performanceStandby: return nil
        }
    }
}

// An operator's part.
extension VaultCore {
    /// Remembers the JWT, and tells the method of that name in every namespace that has it.
    mutating func accept(_ jwt: AcceptedJWT, mount: String) {
        acceptedJWTs[mount, default: []].insert(jwt)
        let path = "auth/\(mount)/"
        for namespace in namespaces.keys {
            guard var method = namespaces[namespace]?.mounts[path]?.engine as? JWTAuth else { continue }
            method.accept(jwt)
            namespaces[namespace]?.mounts[path]?.engine = method
        }
    }

    func acceptedJWTs(of mount: String) -> Set<AcceptedJWT> { acceptedJWTs[mount] ?? [] }
}

/// Which cluster the server says it belongs to.
struct Cluster {
    let name = "vault-cluster-" + RandomText.hexadecimal(bytes: 4)
    let id = RandomText.identifier()
}
