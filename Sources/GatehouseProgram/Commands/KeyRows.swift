import Foundation
import Kernel
import PluginKit
import WebAPI

/// A key as the commands print it, with the names of the HTTP answer.
struct KeyRow: Encodable, Sendable {
    let id: KeyID
    let name: String
    let state: String
    /// What stands in front of the secret in every form of the key; not secret.
    let prefix: String
    let scopes: [String]
    let ownerID: UserID?
    let allowedNetworks: [String]
    let rateLimit: Int?
    let metadata: [String: String]
    let expiresAt: Date?
    let rotateBy: Date?
    let isOverdue: Bool
    let createdAt: Date
    let updatedAt: Date
    let revokedAt: Date?
    let revokedBecause: String?
    let revokeReason: String?
    let secrets: [KeySecretRow]

    private enum CodingKeys: String, CodingKey {
        case id, name, state, prefix, scopes, allowedNetworks, rateLimit, metadata, expiresAt, rotateBy, isOverdue
        case createdAt, updatedAt, revokedAt, revokedBecause, revokeReason, secrets
        case ownerID = "ownerId"
    }

    init(_ key: APIKey, of tenant: Tenant, at now: Date) {
        id = key.id
        name = key.name
        state = key.state(at: now).rawValue
        prefix = "\(KeyAddress(tenant: TenantTag(tenant.id), key: KeyTag(key.id)))"
        scopes = key.scopes.map(\.rawValue).sorted()
        ownerID = key.owner
        allowedNetworks = key.allowedNetworks
        rateLimit = key.rateLimit
        metadata = key.metadata
        expiresAt = key.current?.expiresAt
        rotateBy = key.current?.rotateBy
        isOverdue = key.revokedAt == nil && key.current.map { $0.rotateBy <= now } ?? false
        createdAt = key.createdAt
        updatedAt = key.updatedAt
        revokedAt = key.revokedAt
        revokedBecause = key.revokedBecause
        revokeReason = key.revokeReason
        secrets = key.secrets.map { KeySecretRow($0, at: now) }
    }

    var words: String { ([heading] + secrets.map(\.words)).joined(separator: "\n") }

    /// What all lists say of it.
    fileprivate var heading: String {
        let overdue = isOverdue ? rotateBy.map { "\toverdue since \($0.formatted(.iso8601))" } ?? "" : ""
        let reason = (revokeReason ?? revokedBecause).map { "\t\($0)" } ?? ""
        return "\(id)\t\(state)\t\(name)\t\(scopes.joined(separator: " "))\(overdue)\(reason)"
    }
}

/// A key by itself: all that is known of it, and who uses its secrets.
struct ShownKeyRow: Encodable, Sendable {
    private let key: KeyRow
    private let callers: [KeyCallerRow]

    private enum CodingKeys: CodingKey {
        case callers
    }

    init(_ key: KeyRow, callers: [KeyCaller]) {
        self.key = key
        self.callers = callers.map(KeyCallerRow.init)
    }

    func encode(to encoder: any Encoder) throws {
        try key.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(callers, forKey: .callers)
    }

    var words: String {
        let secrets = key.secrets.flatMap { secret in
            [secret.words] + callers.filter { $0.secretID == secret.id }.map(\.words)
        }
        return ([key.heading] + facts + secrets).joined(separator: "\n")
    }

    private var facts: [String] {
        let metadata = key.metadata.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        let facts = [
            ("owner", key.ownerID?.description ?? "the tenant itself"), ("prefix", key.prefix),
            ("from", key.allowedNetworks.isEmpty ? "anywhere" : key.allowedNetworks.joined(separator: " ")),
            ("limit", key.rateLimit.map { "\($0) uses a minute" } ?? "none"),
            ("made", key.createdAt.formatted(.iso8601)), ("changed", key.updatedAt.formatted(.iso8601)),
        ]
        // Metadata is whatever somebody sent, so that no terminal may take it for more than text.
        return (facts + metadata.map { ("metadata", LogText.escaped($0)) }).map { "  \($0)\t\($1)" }
    }
}

/// Somebody who used a secret, as the commands print him.
struct KeyCallerRow: Encodable, Sendable {
    let secretID: KeySecretID
    let address: String
    let userAgent: String?
    let lastUsedAt: Date

    private enum CodingKeys: String, CodingKey {
        case address, userAgent, lastUsedAt
        case secretID = "secretId"
    }

    init(_ caller: KeyCaller) {
        secretID = caller.secret
        address = caller.address
        userAgent = caller.userAgent
        lastUsedAt = caller.lastUsedAt
    }

    var words: String {
        let agent = userAgent.map(LogText.escaped) ?? "says not what it is"
        return "    \(lastUsedAt.formatted(.iso8601))\t\(address)\t\(agent)"
    }
}

/// A secret of a key as the commands print it: never itself.
struct KeySecretRow: Encodable, Sendable {
    let id: KeySecretID
    let state: String
    let createdAt: Date
    let expiresAt: Date
    let endedAt: Date?
    let endedBecause: String?
    let lastUsedAt: Date?
    let useCount: Int
    let callerCount: Int

    init(_ secret: KeySecret, at now: Date) {
        id = secret.id
        let state = secret.state(at: now)
        self.state = state.rawValue
        createdAt = secret.createdAt
        expiresAt = secret.endsAt
        // What is over may not have been noted yet.
        endedAt = state == .ended ? secret.endedAt ?? secret.endsAt : nil
        endedBecause = secret.endedBecause
        lastUsedAt = secret.lastUsedAt
        useCount = secret.useCount
        callerCount = secret.callerCount
    }

    fileprivate var words: String {
        let end =
            if let endedAt {
                "since \(endedAt.formatted(.iso8601))" + (endedBecause.map { " (\($0))" } ?? "")
            } else {
                "until \(expiresAt.formatted(.iso8601))"
            }
        let use = lastUsedAt.map { "last used \($0.formatted(.iso8601)), \(useCount) times in all" } ?? "never used"
        return "  \(id)\t\(state)\t\(end)\t\(use)"
    }
}

/// A key that was just made, with its text, this once.
struct NewKeyRow: Encodable, Sendable {
    let text: String
    private let secretID: KeySecretID
    private let key: KeyRow

    private enum CodingKeys: String, CodingKey {
        case text = "key"
        case secretID = "secretId"
    }

    init(_ issued: IssuedAPIKey, of tenant: Tenant, at now: Date) {
        text = issued.text.withExposed { $0 }
        secretID = issued.secret
        key = KeyRow(issued.key, of: tenant, at: now)
    }

    func encode(to encoder: any Encoder) throws {
        try key.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encode(secretID, forKey: .secretID)
    }

    /// What is said beside the key.
    var words: String {
        let end = key.expiresAt.map { " is good until \($0.formatted(.iso8601))" } ?? ""
        return "\(key.id)\(end); it is shown this once:"
    }
}
