extension VaultCore {
    /// Answers what lies beneath `sys/`.
    mutating func answerSystem(_ request: VaultRequest, for token: VaultToken) throws(VaultRefusal) -> VaultAnswer {
        let path = String(request.path.dropFirst("sys/".utf8.count))
        switch path.splitAtSlash.head {
        case "mounts": return try answerMounts(request, under: "", path.splitAtSlash.tail)
        case "auth": return try answerMounts(request, under: "auth/", path.splitAtSlash.tail)
        case "policies" where path.hasPrefix("policies/acl"):
            return try answerPolicies(request, path.splitAtSlash.tail.splitAtSlash.tail)
        case "policy": return try answerOldPolicies(request, path.splitAtSlash.tail)
        case "internal" where path.hasPrefix("internal/ui/mounts"):
            return try describeMount(String(path.dropFirst("internal/ui/mounts/".utf8.count)), request, for: token)
        case "capabilities-self": return try capabilities(request, of: token)
        case "wrapping": return try answerWrapping(request)
        case "quotas": return try quotas.answer(request)
        case "namespaces" where configuration.namespacesEnabled:
            return try answerNamespaces(request, path.splitAtSlash.tail)
        case "seal" where path == "seal": return try sealUp(request)
        case "leases": throw .invalid("lease not found")
        default: throw .unsupportedPath
        }
    }

    private mutating func sealUp(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        enter(.sealed)
        return .done
    }

    private func capabilities(_ request: VaultRequest, of token: VaultToken) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        guard let paths = request.strings("paths") ?? request.strings("path"), !paths.isEmpty else {
            throw .invalid("paths must be supplied")
        }
        let policies = namespaces[token.namespace]?.policies ?? PolicySet()
        let prefix = request.namespace.dropFirst(token.namespace.count)
        let found = paths.map { path in
            (path, JSONValue.strings(policies.capabilities(of: token.policies, at: prefix + path)))
        }
        let data = Dictionary(found) { first, _ in first }
        return VaultAnswer(data: .object(data), form: .flattened)
    }

    /// Wrapping by somebody with a token of his own; what the wrapping token itself opens was answered before.
    private mutating func answerWrapping(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        switch request.path {
        case "sys/wrapping/wrap": return .data(.object(request.body))
        case "sys/wrapping/unwrap":
            return try wrappings.unwrap(request.text("token") ?? "", at: request.now)
        case "sys/wrapping/rewrap":
            return try wrappings.rewrap(request.text("token") ?? "", at: request.now)
        default: throw .unsupportedPath
        }
    }

    private mutating func answerNamespaces(
        _ request: VaultRequest, _ name: String
    ) throws(VaultRefusal) -> VaultAnswer {
        let path = request.namespace + name.trimmingSlashes + "/"
        switch request.operation {
        case .list:
            let beneath = namespaces.keys.entries(in: request.namespace)
            return try .keys(beneath.filter { !$0.isEmpty })
        case .create, .update:
            let namespace = namespaces[path] ?? VaultNamespace()
            namespaces[path] = namespace
            return .data(["id": .string(namespace.id), "path": .string(path), "custom_metadata": [:]])
        case .read:
            guard let namespace = namespaces[path] else { throw .absent }
            return .data(["id": .string(namespace.id), "path": .string(path), "custom_metadata": [:]])
        case .delete:
            namespaces = namespaces.filter { !$0.key.hasPrefix(path) }
            return .done
        case .patch: throw .unsupportedOperation
        }
    }
}

extension String {
    /// Without slashes at either end.
    var trimmingSlashes: String {
        split(separator: "/").joined(separator: "/")
    }
}
