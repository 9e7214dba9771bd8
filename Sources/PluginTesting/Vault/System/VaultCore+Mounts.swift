extension VaultCore {
    /// Answers `sys/mounts` and `sys/auth`.
    ///
    /// - Parameters:
    ///   - prefix: what the paths of such mounts begin with: nothing, or `auth/`.
    ///   - name: which mount is meant, as written in the path; empty: all.
    mutating func answerMounts(
        _ request: VaultRequest, under prefix: String, _ name: String
    ) throws(VaultRefusal) -> VaultAnswer {
        let isTuning = name.hasSuffix("/tune")
        let trimmed = (isTuning ? String(name.dropLast("/tune".utf8.count)) : name).trimmingSlashes
        let path = prefix + trimmed + "/"
        if trimmed.isEmpty {
            guard request.operation == .read else { throw .unsupportedOperation }
            return listMounts(request, under: prefix)
        }
        if isTuning { return try tune(path, request) }
        switch request.operation {
        case .read:
            guard let mount = namespaces[request.namespace]?.mounts[path] else {
                throw .invalid("No secret engine mount at \(trimmed)/")
            }
            return VaultAnswer(data: .object(mount.json), form: .flattened)
        case .create, .update:
            try add(path, request)
            return .done
        case .delete:
            namespaces[request.namespace]?.mounts[path] = nil
            return .done
        case .list, .patch: throw .unsupportedOperation
        }
    }

    private func listMounts(_ request: VaultRequest, under prefix: String) -> VaultAnswer {
        let mounts = (namespaces[request.namespace]?.mounts ?? [:]).filter { path, _ in
            path.hasPrefix("auth/") == !prefix.isEmpty
        }
        let listed = mounts.map { path, mount in (String(path.dropFirst(prefix.count)), JSONValue.object(mount.json)) }
        let data = Dictionary(listed) { first, _ in first }
        return VaultAnswer(data: .object(data), form: .flattened)
    }

    private mutating func add(_ path: String, _ request: VaultRequest) throws(VaultRefusal) {
        guard namespaces[request.namespace]?.mounts[path] == nil else {
            throw .invalid("path is already in use at \(path)")
        }
        guard !["sys/", "cubbyhole/", "identity/", "auth/token/"].contains(path) else {
            throw .invalid("path is already in use at \(path)")
        }
        let kind = request.text("type") ?? ""
        let engine = try engine(kind, at: path, request)
        let isOldKV = kind == "kv" && engine is KVPlainStore && request.body["options"] == nil
        namespaces[request.namespace]?.mounts[path] = VaultMount(
            kind: kind == "kv-v2" ? "kv" : kind, description: request.text("description") ?? "",
            options: kind == "kv-v2" ? ["version": "2"] : isOldKV ? .null : request.body["options"] ?? .null,
            engine: engine)
    }

    private func engine(
        _ kind: String, at path: String, _ request: VaultRequest
    ) throws(VaultRefusal) -> any VaultEngine {
        let version = request.body["options"]?["version"]?.integer
        let isMethod = path.hasPrefix("auth/")
        let accepted = acceptedJWTs(of: path.splitAtSlash.tail.trimmingSlashes)
        switch (kind, isMethod) {
        case ("kv", false) where version == 2, ("kv-v2", false): return KVStore()
        case ("kv", false), ("generic", false): return KVPlainStore()
        case ("transit", false): return TransitEngine()
        case ("approle", true): return AppRoleAuth()
        case ("kubernetes", true): return JWTAuth(kind: .kubernetes, accepting: accepted)
        case ("jwt", true), ("oidc", true): return JWTAuth(kind: .jwt, accepting: accepted)
        default: throw .invalid("plugin not found in the catalog: \(kind)")
        }
    }

    private mutating func tune(_ path: String, _ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard let mount = namespaces[request.namespace]?.mounts[path] else {
            throw .invalid("cannot fetch sysview for path \"\(path)\"")
        }
        switch request.operation {
        case .read:
            let shown: [String: JSONValue] = [
                "description": .string(mount.description), "options": mount.options, "force_no_cache": false,
                "default_lease_ttl": .integer(TokenStore.systemSeconds),
                "max_lease_ttl": .integer(TokenStore.systemSeconds),
            ]
            return VaultAnswer(data: .object(shown), form: .flattened)
        case .create, .update:
            try upgrade(path, mount, request)
            return .done
        default: throw .unsupportedOperation
        }
    }

    // Versions are given to a store without them; what was in it is not carried over.
    private mutating func upgrade(
        _ path: String, _ mount: VaultMount, _ request: VaultRequest
    ) throws(VaultRefusal) {
        var mount = mount
        mount.description = request.text("description") ?? mount.description
        if request.body["options"]?["version"]?.integer == 2, mount.engine is KVPlainStore {
            mount.options = ["version": "2"]
            mount.engine = KVStore()
        }
        namespaces[request.namespace]?.mounts[path] = mount
    }

    /// Tells a client which engine a path lies in, where the client may use it.
    func describeMount(
        _ path: String, _ request: VaultRequest, for token: VaultToken
    ) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation == .read, let namespace = namespaces[request.namespace] else {
            throw .unsupportedOperation
        }
        let policies = namespaces[token.namespace]?.policies ?? PolicySet()
        let prefix = request.namespace.dropFirst(token.namespace.count)
        let visible = namespace.mounts.filter { policies.touches(prefix + $0.key, for: token.policies) }
        if path.trimmingSlashes.isEmpty { return Self.describe(visible) }
        guard let name = namespace.mount(of: path), let mount = visible[name] else {
            let place = namespace.mount(of: path) ?? path.trimmingSlashes + "/"
            throw VaultRefusal(
                status: 403,
                errors: [
                    "preflight capability check returned 403, please ensure client's policies grant access to path "
                        + "\"\(place)\""
                ])
        }
        return .data(.object(mount.json.merging(["path": .string(name)]) { $1 }))
    }

    private static func describe(_ mounts: [String: VaultMount]) -> VaultAnswer {
        let named = { (isMethod: Bool) -> JSONValue in
            let chosen = mounts.filter { $0.key.hasPrefix("auth/") == isMethod }.map { path, mount in
                (isMethod ? path.splitAtSlash.tail : path, JSONValue.object(mount.json))
            }
            return .object(Dictionary(chosen) { first, _ in first })
        }
        return .data(["secret": named(false), "auth": named(true)])
    }
}
