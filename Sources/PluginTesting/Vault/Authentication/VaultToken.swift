import Foundation

/// A token: what it may do, for how long, and how often.
struct VaultToken {
    let id: String
    let accessor: String
    let policies: [String]
    let namespace: String
    let isBatch: Bool
    private(set) var parent: String?

    private let grant: TokenGrant
    private let created: Date
    private let lifeSeconds: Int
    private var isOrphan: Bool
    private var expiry: Date?
    private var renewed: Date?
    /// -1: the use that is going on is the last. 0: any number.
    private var usesLeft: Int

    init(_ grant: TokenGrant, parent: String?, namespace: String, at now: Date) {
        self.grant = grant
        self.parent = parent
        self.namespace = namespace
        isBatch = grant.isBatch
        id = grant.id ?? (grant.isBatch ? RandomText.batchToken() : RandomText.serviceToken())
        accessor = grant.isBatch ? "" : RandomText.accessor()
        let isRoot = grant.policies.contains("root")
        let added = isRoot || grant.omitsDefaultPolicy ? [] : ["default"]
        policies = Set(grant.policies + added).sorted()
        created = now
        isOrphan = grant.isOrphan
        usesLeft = grant.uses
        lifeSeconds = Self.lifeSeconds(of: grant, isRoot: isRoot)
        expiry = lifeSeconds == 0 ? nil : now + TimeInterval(lifeSeconds)
    }

    private static func lifeSeconds(of grant: TokenGrant, isRoot: Bool) -> Int {
        if grant.periodSeconds > 0 { return grant.periodSeconds }
        if isRoot && grant.lifeSeconds == 0 { return 0 }
        let wanted = grant.lifeSeconds > 0 ? grant.lifeSeconds : TokenStore.systemSeconds
        let limits = [grant.maxLifeSeconds, grant.explicitMaxSeconds].filter { $0 > 0 }
        return min(wanted, limits.min() ?? TokenStore.systemSeconds)
    }

    func isAlive(at now: Date) -> Bool {
        expiry.map { now < $0 } ?? true
    }

    /// Whether the token may be used from that address.
    func admits(_ address: String) -> Bool {
        grant.boundNetworks.admit(address)
    }

    var isUsedUp: Bool { usesLeft < 0 }

    mutating func use() {
        guard usesLeft > 0 else { return }
        usesLeft = usesLeft == 1 ? -1 : usesLeft - 1
    }

    mutating func becomeOrphan() {
        parent = nil
        isOrphan = true
    }

    mutating func renew(by increment: Int?, at now: Date) throws(VaultRefusal) -> [String] {
        guard !isBatch else { throw .invalid("batch tokens cannot be renewed") }
        guard grant.isRenewable, expiry != nil else { throw .invalid("lease is not renewable") }
        renewed = now
        guard grant.periodSeconds == 0 else {
            expiry = now + TimeInterval(grant.periodSeconds)
            return []
        }
        let asked = increment.map { $0 > 0 ? $0 : lifeSeconds } ?? lifeSeconds
        let limits = [grant.maxLifeSeconds, grant.explicitMaxSeconds].filter { $0 > 0 }
        let end = created + TimeInterval(limits.min() ?? TokenStore.systemSeconds)
        let wanted = now + TimeInterval(asked)
        expiry = min(wanted, end)
        guard wanted > end else { return [] }
        let left = GoText.shortDuration(seconds(until: end, from: now))
        return [
            "TTL of \"\(GoText.shortDuration(asked))\" exceeded the effective max_ttl of \"\(left)\"; "
                + "TTL value is capped accordingly"
        ]
    }

    private func seconds(until end: Date, from now: Date) -> Int {
        Int((end.timeIntervalSince(now) * 1e6).rounded() / 1e6)
    }
}

// How a token looks from outside.
extension VaultToken {
    /// The part of an answer that hands out the token.
    func authJSON(at now: Date) -> JSONValue {
        [
            "client_token": .string(id), "accessor": .string(accessor), "policies": .strings(policies),
            "token_policies": .strings(policies), "metadata": grant.metadata,
            "lease_duration": .integer(expiry.map { seconds(until: $0, from: now) } ?? 0),
            "renewable": .bool(isRenewable), "entity_id": .string(grant.entityID), "token_type": .string(kind),
            "orphan": .bool(isOrphan), "mfa_requirement": nil, "num_uses": .integer(usesLeft),
        ]
    }

    /// What a lookup says.
    func json(at now: Date) -> JSONValue {
        var members: [String: JSONValue] = [
            "accessor": .string(accessor), "creation_time": GoText.unixTime(created),
            "creation_ttl": .integer(lifeSeconds), "display_name": .string(grant.displayName),
            "entity_id": .string(grant.entityID), "expire_time": expiry.map { .string(GoText.time($0)) } ?? .null,
            "explicit_max_ttl": .integer(grant.explicitMaxSeconds), "id": .string(id),
            "issue_time": .string(GoText.time(created)), "meta": grant.metadata, "num_uses": .integer(usesLeft),
            "orphan": .bool(isOrphan), "path": .string(grant.path), "policies": .strings(policies),
            "renewable": .bool(isRenewable), "ttl": .integer(lookupSeconds(at: now)), "type": .string(kind),
        ]
        if grant.periodSeconds > 0 { members["period"] = .integer(grant.periodSeconds) }
        if !namespace.isEmpty { members["namespace_path"] = .string(namespace) }
        if !grant.boundNetworks.isEmpty { members["bound_cidrs"] = .strings(grant.boundNetworks.map(\.text)) }
        if let renewed {
            members["last_renewal"] = .string(GoText.time(renewed))
            members["last_renewal_time"] = GoText.unixTime(renewed)
        }
        return .object(members)
    }

    private var isRenewable: Bool { grant.isRenewable && !isBatch && expiry != nil }

    private var kind: String { isBatch ? "batch" : "service" }

    // Vault rounds the time of asking to a second first, so a young token can seem to have its whole life left.
    private func lookupSeconds(at now: Date) -> Int {
        guard let expiry else { return 0 }
        return max(0, Int(expiry.timeIntervalSince1970 - now.timeIntervalSince1970.rounded()))
    }
}
