import Foundation
import Kernel
import PluginKit

/// A key as the commands print it.
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
    let expiresAt: Date?
    let rotateBy: Date?
    let isOverdue: Bool
    let createdAt: Date
    let revokedAt: Date?
    let revokedBecause: String?
    let revokeReason: String?
    let secrets: [KeySecretRow]

    private enum CodingKeys: String, CodingKey {
        case id, name, state, prefix, scopes, allowedNetworks, rateLimit, expiresAt, rotateBy, isOverdue, createdAt
        case revokedAt, revokedBecause, revokeReason, secrets
        case ownerID = "ownerId"
    }

    init(_ key: APIKey, of tenant: Tenant, at now: Date) {
        id = key.id
        name = key.name
        state = key.state(at: now).rawValue
        prefix = "\(KeyAddress(tenant: TenantTag(tenant.id), key: KeyTag(key.id)))"
        scopes = key.scopes.map(\.rawValue)
        ownerID = key.owner
        allowedNetworks = key.allowedNetworks
        rateLimit = key.rateLimit
        expiresAt = key.current?.expiresAt
        rotateBy = key.current?.rotateBy
        isOverdue = key.revokedAt == nil && key.current.map { $0.rotateBy <= now } ?? false
        createdAt = key.createdAt
        revokedAt = key.revokedAt
        revokedBecause = key.revokedBecause
        revokeReason = key.revokeReason
        secrets = key.secrets.map { KeySecretRow($0, at: now) }
    }

    var words: String {
        let overdue = isOverdue ? rotateBy.map { "\toverdue since \($0.formatted(.iso8601))" } ?? "" : ""
        let reason = (revokeReason ?? revokedBecause).map { "\t\($0)" } ?? ""
        let first = "\(id)\t\(state)\t\(name)\t\(scopes.joined(separator: " "))\(overdue)\(reason)"
        return ([first] + secrets.map(\.words)).joined(separator: "\n")
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

/// A key that was just made.
struct NewKeyRow: Encodable, Sendable {
    let id: KeyID
    let key: String
    let secretID: KeySecretID
    let expiresAt: Date?

    private enum CodingKeys: String, CodingKey {
        case id, key, expiresAt
        case secretID = "secretId"
    }

    init(_ issued: IssuedAPIKey) {
        id = issued.key.id
        key = issued.text.withExposed { $0 }
        secretID = issued.secret
        expiresAt = issued.key.current?.expiresAt
    }

    /// What is said beside the key.
    var words: String {
        let end = expiresAt.map { " is good until \($0.formatted(.iso8601))" } ?? ""
        return "\(id)\(end); it is shown this once:"
    }
}

/// Whether a key is good.
struct VerdictRow: Encodable, Sendable {
    let valid: Bool
    let code: String?
    let keyID: KeyID?
    let name: String?
    let scopes: [String]?
    let expiresAt: Date?
    /// For people.
    let words: String

    private enum CodingKeys: String, CodingKey {
        case valid, code, name, scopes, expiresAt
        case keyID = "keyId"
    }

    init(_ verdict: KeyVerdict) {
        switch verdict {
        case .valid(let key):
            (valid, code, keyID, name) = (true, nil, key.key, key.name)
            (scopes, expiresAt) = (key.scopes, key.endsAt)
            let end = key.endsAt.formatted(.iso8601)
            words = "good: \(key.key) (\(key.name)) until \(end): \(key.scopes.joined(separator: " "))"
        case .refused(let refusal, let key):
            (valid, code, keyID, name) = (false, refusal.code, key, nil)
            (scopes, expiresAt) = (nil, nil)
            words = "not good: \(refusal.code)" + (key.map { " (\($0))" } ?? "") + ": \(refusal.words)"
        }
    }
}

/// A rotation as the commands print it.
struct KeyRotationRow: Encodable, Sendable {
    /// Who has used an old secret since it was replaced.
    struct CallerRow: Encodable, Sendable {
        let address: String
        let userAgent: String?
        let lastUsedAt: Date

        fileprivate var words: String {
            "    \(lastUsedAt.formatted(.iso8601))\t\(address)\t\(userAgent ?? "says not what it is")"
        }
    }

    struct InUse: Encodable, Sendable {
        let keyID: KeyID
        let name: String
        let lastUsedAt: Date
        let callers: [CallerRow]

        private enum CodingKeys: String, CodingKey {
            case name, lastUsedAt, callers
            case keyID = "keyId"
        }
    }

    let id: KeyRotationID
    let state: String
    let createdAt: Date
    let total: Int
    let pending: Int
    let rotated: Int
    let skipped: Int
    let cancelled: Int
    let overlapping: Int
    let oldInUse: Int
    let endsAt: Date?
    let oldSecretsInUse: [InUse]

    init(_ rotation: KeyRotationRecord, inUse: [OldSecretInUse]) {
        let progress = rotation.progress
        id = rotation.id
        state = rotation.state.rawValue
        createdAt = rotation.createdAt
        (total, pending, rotated) = (progress.total, progress.pending, progress.rotated)
        (skipped, cancelled) = (progress.skipped, progress.cancelled)
        (overlapping, oldInUse, endsAt) = (progress.overlapping, progress.oldInUse, progress.endsAt)
        oldSecretsInUse = inUse.map {
            let callers = $0.callers.map {
                CallerRow(address: $0.address, userAgent: $0.userAgent, lastUsedAt: $0.lastUsedAt)
            }
            return InUse(keyID: $0.key, name: $0.name, lastUsedAt: $0.lastUsedAt, callers: callers)
        }
    }

    var words: String {
        let parts = [
            "\(rotated) of \(total) keys rotated", pending > 0 ? "\(pending) waiting" : nil,
            skipped > 0 ? "\(skipped) skipped" : nil, cancelled > 0 ? "\(cancelled) taken back" : nil,
            overlapping > 0 ? "\(oldInUse) of \(overlapping) old secrets in use" : nil,
            endsAt.map { "old secrets end by \($0.formatted(.iso8601))" },
        ]
        let first = "\(id)\t\(state)\t\(parts.compactMap(\.self).joined(separator: ", "))"
        let uses = oldSecretsInUse.flatMap { use in
            ["  \(use.keyID)\t\(use.name)\told secret last used \(use.lastUsedAt.formatted(.iso8601)) by"]
                + use.callers.map(\.words)
        }
        return ([first] + uses).joined(separator: "\n")
    }
}
