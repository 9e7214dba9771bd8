import Foundation

/// A role of AppRole with its secret ids.
struct AppRole {
    private struct Secret {
        let accessor = RandomText.identifier()
        var usesLeft: Int
        /// 0: any number.
        let uses: Int
        let lifeSeconds: Int
        let created: Date
        let metadata: [String: JSONValue]
        let networks: [Network]

        func isAlive(at now: Date) -> Bool {
            lifeSeconds == 0 || now < created + TimeInterval(lifeSeconds)
        }
    }

    var roleID = RandomText.identifier()
    private let entityID = RandomText.identifier()
    private var tokens = TokenRoleSettings()
    private var bindsSecret = true
    private var secretUses = 0
    private var secretLifeSeconds = 0
    private var networks: [Network]?
    private var secrets: [String: Secret] = [:]

    mutating func take(_ request: VaultRequest) {
        tokens.take(request)
        bindsSecret = request.bool("bind_secret_id") ?? bindsSecret
        secretUses = request.integer("secret_id_num_uses") ?? secretUses
        secretLifeSeconds = request.seconds("secret_id_ttl") ?? secretLifeSeconds
        networks = request.strings("secret_id_bound_cidrs")?.compactMap(Network.init) ?? networks
        roleID = request.text("role_id") ?? roleID
    }

    var accessors: [String] { secrets.values.map(\.accessor) }

    var json: JSONValue {
        let own: [String: JSONValue] = [
            "bind_secret_id": .bool(bindsSecret), "local_secret_ids": false,
            "secret_id_bound_cidrs": networks.map { .strings($0.map(\.text)) } ?? .null,
            "secret_id_num_uses": .integer(secretUses), "secret_id_ttl": .integer(secretLifeSeconds),
        ]
        return .object(own.merging(tokens.json) { own, _ in own })
    }

    mutating func makeSecret(_ request: VaultRequest, id: String?) throws(VaultRefusal) -> JSONValue {
        guard bindsSecret else { throw .invalid("bind_secret_id is not set on the role") }
        let metadata = request.text("metadata").flatMap { JSONValue(Array($0.utf8))?.object }
        let uses = request.integer("num_uses") ?? secretUses
        let secret = Secret(
            usesLeft: uses, uses: uses, lifeSeconds: request.seconds("ttl") ?? secretLifeSeconds,
            created: request.now, metadata: metadata ?? [:],
            networks: request.strings("cidr_list")?.compactMap(Network.init) ?? [])
        let id = id ?? RandomText.identifier()
        secrets[id] = secret
        return [
            "secret_id": .string(id), "secret_id_accessor": .string(secret.accessor),
            "secret_id_num_uses": .integer(uses), "secret_id_ttl": .integer(secret.lifeSeconds),
        ]
    }

    func description(ofSecret id: String) -> JSONValue? {
        guard let secret = secrets[id] else { return nil }
        let end = secret.lifeSeconds == 0 ? nil : secret.created + TimeInterval(secret.lifeSeconds)
        return [
            "cidr_list": .strings(secret.networks.map(\.text)), "creation_time": .string(GoText.time(secret.created)),
            "expiration_time": .string(end.map(GoText.time) ?? "0001-01-01T00:00:00Z"),
            "last_updated_time": .string(GoText.time(secret.created)), "metadata": .object(secret.metadata),
            "secret_id_accessor": .string(secret.accessor), "secret_id_num_uses": .integer(secret.usesLeft),
            "secret_id_ttl": .integer(secret.lifeSeconds), "token_bound_cidrs": [],
        ]
    }

    mutating func destroy(secret id: String) throws(VaultRefusal) {
        guard secrets.removeValue(forKey: id) != nil else { throw .invalid("failed to find secret ID") }
    }

    mutating func logIn(_ request: VaultRequest, as name: String) throws(VaultRefusal) -> TokenGrant {
        let metadata = bindsSecret ? try useSecret(request) : [:]
        guard (networks ?? []).admit(request.remoteAddress) else {
            throw .invalid("source address \"\(request.remoteAddress)\" unauthorized by CIDR restrictions on the role")
        }
        return tokens.grant(
            path: request.mount + "login", displayName: String(request.mount.dropFirst(5).dropLast()),
            metadata: .object(metadata.merging(["role_name": .string(name)]) { $1 }), entityID: entityID)
    }

    private mutating func useSecret(_ request: VaultRequest) throws(VaultRefusal) -> [String: JSONValue] {
        guard let id = request.text("secret_id"), !id.isEmpty else { throw .invalid("missing secret_id") }
        guard var secret = secrets[id], secret.isAlive(at: request.now) else {
            secrets[id] = nil
            throw .invalid("invalid secret id")
        }
        guard secret.networks.admit(request.remoteAddress) else {
            let address = request.remoteAddress
            throw .invalid("source address \"\(address)\" unauthorized through CIDR restrictions on the secret ID")
        }
        secret.usesLeft -= 1
        let isUsedUp = secret.uses > 0 && secret.usesLeft == 0
        secrets[id] = isUsedUp ? nil : secret
        return secret.metadata
    }
}
