extension VaultCore {
    /// Answers `sys/policies/acl`.
    mutating func answerPolicies(_ request: VaultRequest, _ name: String) throws(VaultRefusal) -> VaultAnswer {
        if name.isEmpty {
            guard request.operation == .list else { throw .unsupportedOperation }
            return try .keys(policies(of: request).names)
        }
        guard request.operation == .read else { return try changePolicy(request, name) }
        guard let text = policies(of: request).text(of: name) else { throw .absent }
        return .data(["name": .string(name), "policy": .string(text)])
    }

    /// Answers `sys/policy`, the older way to the same policies.
    mutating func answerOldPolicies(_ request: VaultRequest, _ name: String) throws(VaultRefusal) -> VaultAnswer {
        if name.isEmpty {
            guard request.operation == .list || request.operation == .read else { throw .unsupportedOperation }
            let names = JSONValue.strings(policies(of: request).names.sorted())
            return VaultAnswer(data: ["keys": names, "policies": names], form: .flattened)
        }
        guard request.operation == .read else { return try changePolicy(request, name) }
        guard let text = policies(of: request).text(of: name) else { throw .absent }
        return VaultAnswer(data: ["name": .string(name), "rules": .string(text)], form: .flattened)
    }

    private func policies(of request: VaultRequest) -> PolicySet {
        namespaces[request.namespace]?.policies ?? PolicySet()
    }

    private mutating func changePolicy(_ request: VaultRequest, _ name: String) throws(VaultRefusal) -> VaultAnswer {
        var policies = policies(of: request)
        switch request.operation {
        case .create, .update:
            guard let text = request.text("policy") ?? request.text("rules"), !text.isEmpty else {
                throw .invalid("'policy' parameter not supplied or empty")
            }
            try policies.set(name, to: try PolicyDocument(Self.plain(text)))
        case .delete: try policies.set(name, to: nil)
        case .read, .list, .patch: throw .unsupportedOperation
        }
        namespaces[request.namespace]?.policies = policies
        return .done
    }

    /// A policy may come in base64.
    private static func plain(_ text: String) -> String {
        guard let bytes = try? GoBase64.decode(text) else { return text }
        return String(decoding: bytes, as: UTF8.self)
    }
}
