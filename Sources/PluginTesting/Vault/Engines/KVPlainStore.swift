/// The key-value engine without versions, KV version 1.
struct KVPlainStore: VaultEngine {
    private var secrets: [String: JSONValue] = [:]

    func exists(_ path: String) -> Bool? { secrets[path] != nil }

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .read:
            guard let secret = secrets[request.path] else { throw .absent }
            // The lease is advice alone: nothing ends with it.
            let advised = GoText.seconds(secret["ttl"] ?? secret["lease"]) ?? TokenStore.systemSeconds
            return VaultAnswer(data: secret, leaseDuration: advised)
        case .list: return try .keys(secrets.keys.entries(in: request.path))
        case .create, .update:
            guard !request.body.isEmpty else { throw .invalid("missing data fields") }
            secrets[request.path] = .object(request.body)
            return .done
        case .delete:
            secrets[request.path] = nil
            return .done
        case .patch: throw .unsupportedOperation
        }
    }
}
