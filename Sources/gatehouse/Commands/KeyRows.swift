import Foundation
import Kernel
import PluginKit

/// A key as the commands print it.
struct KeyRow: Encodable, Sendable {
    struct Secret: Encodable, Sendable {
        let id: KeySecretID
        let state: String
        let expiresAt: Date
        let lastUsedAt: Date?
        let useCount: Int
        let callerCount: Int
    }

    let id: KeyID
    let name: String
    let state: String
    let scopes: [String]
    let ownerID: UserID?
    let rotateBy: Date?
    let secrets: [Secret]

    private enum CodingKeys: String, CodingKey {
        case id, name, state, scopes, rotateBy, secrets
        case ownerID = "ownerId"
    }

    init(_ key: APIKey, at now: Date) {
        id = key.id
        name = key.name
        state = key.state(at: now).rawValue
        scopes = key.scopes.map(\.rawValue)
        ownerID = key.owner
        rotateBy = key.current?.rotateBy
        secrets = key.secrets.map {
            Secret(
                id: $0.id, state: $0.state(at: now).rawValue, expiresAt: $0.endsAt, lastUsedAt: $0.lastUsedAt,
                useCount: $0.useCount, callerCount: $0.callerCount)
        }
    }

    var words: String {
        let lines = secrets.map { secret in
            let use =
                secret.lastUsedAt.map { "last used \($0.formatted(.iso8601)), \(secret.useCount) times" }
                ?? "never used"
            return "  \(secret.id)\t\(secret.state)\tuntil \(secret.expiresAt.formatted(.iso8601))\t\(use)"
        }
        return (["\(id)\t\(state)\t\(name)\t\(scopes.joined(separator: " "))"] + lines).joined(separator: "\n")
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
}

/// Whether a key is good.
struct VerdictRow: Encodable, Sendable {
    let valid: Bool
    let code: String?
    let keyID: KeyID?
    let scopes: [String]?
    let expiresAt: Date?

    private enum CodingKeys: String, CodingKey {
        case valid, code, scopes, expiresAt
        case keyID = "keyId"
    }

    init(_ verdict: KeyVerdict) {
        switch verdict {
        case .valid(let key): (valid, code, keyID, scopes, expiresAt) = (true, nil, key.key, key.scopes, key.endsAt)
        case .refused(let refusal, let key):
            (valid, code, keyID, scopes, expiresAt) = (false, refusal.code, key, nil, nil)
        }
    }

    var words: String {
        guard valid, let keyID, let scopes, let expiresAt else { return "not good: \(code ?? "unknown")" }
        return "good: \(keyID) until \(expiresAt.formatted(.iso8601)): \(scopes.joined(separator: " "))"
    }
}

/// A rotation as the commands print it.
struct KeyRotationRow: Encodable, Sendable {
    struct InUse: Encodable, Sendable {
        let keyID: KeyID
        let name: String
        let lastUsedAt: Date
        let callers: [String]

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
            InUse(keyID: $0.key, name: $0.name, lastUsedAt: $0.lastUsedAt, callers: $0.callers.map(\.address))
        }
    }

    var words: String {
        let end = endsAt.map { ", old secrets end by \($0.formatted(.iso8601))" } ?? ""
        let first =
            "\(id)\t\(state)\t\(rotated) of \(total) keys rotated, \(oldInUse) of \(overlapping) old secrets in use\(end)"
        let uses = oldSecretsInUse.map { use in
            let callers = use.callers.joined(separator: ", ")
            return
                "  \(use.keyID)\t\(use.name)\told secret last used \(use.lastUsedAt.formatted(.iso8601)) from \(callers)"
        }
        return ([first] + uses).joined(separator: "\n")
    }
}
