import Foundation
import Kernel
import PluginKit

/// A key as those see it who administer the tenant. It never shows a secret.
struct KeyView: Encodable {
    let id: KeyID
    let name: String
    let state: String
    /// What is written in front of the secret in every form of the key; not secret.
    let prefix: String
    let scopes: [String]
    let ownerId: UserID?
    let allowedNetworks: [String]
    let rateLimit: Int?
    let metadata: TextMap
    let expiresAt: Date?
    let rotateBy: Date?
    let secrets: [KeySecretView]
    let createdAt: Date
    let updatedAt: Date
    let revokedAt: Date?
    let revokedBecause: String?
    let revokeReason: String?

    init(_ key: APIKey, of tenant: Tenant, at now: Date) {
        id = key.id
        name = key.name
        state = key.state(at: now).rawValue
        prefix = "\(KeyAddress(tenant: TenantTag(tenant.id), key: KeyTag(key.id)))"
        scopes = key.scopes.map(\.rawValue).sorted()
        ownerId = key.owner
        allowedNetworks = key.allowedNetworks
        rateLimit = key.rateLimit
        metadata = TextMap(key.metadata)
        expiresAt = key.current?.expiresAt
        rotateBy = key.current?.rotateBy
        secrets = key.secrets.map { KeySecretView($0, at: now) }
        createdAt = key.createdAt
        updatedAt = key.updatedAt
        revokedAt = key.revokedAt
        revokedBecause = key.revokedBecause
        revokeReason = key.revokeReason
    }
}

/// A secret of a key, and how it is used.
struct KeySecretView: Encodable {
    let id: KeySecretID
    let state: String
    let createdAt: Date
    let expiresAt: Date
    let lastUsedAt: Date?
    let useCount: Int
    let callerCount: Int
    let endedBecause: String?

    init(_ secret: KeySecret, at now: Date) {
        id = secret.id
        state = secret.state(at: now).rawValue
        createdAt = secret.createdAt
        expiresAt = secret.endsAt
        lastUsedAt = secret.lastUsedAt
        useCount = secret.useCount
        callerCount = secret.callerCount
        endedBecause = secret.endedBecause
    }
}

/// A key that was just made, with its text, this once.
struct NewKeyView: Encodable {
    let key: String
    let secretId: KeySecretID
    let view: KeyView

    init(_ issued: IssuedAPIKey, of tenant: Tenant, at now: Date) {
        key = issued.text.withExposed { $0 }
        secretId = issued.secret
        view = KeyView(issued.key, of: tenant, at: now)
    }

    private enum CodingKeys: String, CodingKey {
        case key, secretId
    }

    func encode(to encoder: any Encoder) throws {
        try view.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(secretId, forKey: .secretId)
    }
}

/// A key that was rotated, with the text of its new secret, this once.
struct RotatedKeyView: Encodable {
    let keyId: KeyID
    let name: String
    let key: String
    let secretId: KeySecretID
    let expiresAt: Date
    let previous: Previous
    let rotationId: KeyRotationID

    struct Previous: Encodable {
        let secretId: KeySecretID
        let expiresAt: Date
    }

    init(_ rotated: RotatedAPIKey) {
        keyId = rotated.key
        name = rotated.name
        key = rotated.text.withExposed { $0 }
        secretId = rotated.secret
        expiresAt = rotated.expiresAt
        previous = Previous(secretId: rotated.previous, expiresAt: rotated.previousEndsAt)
        rotationId = rotated.rotation
    }
}

/// Somebody who used a secret.
struct KeyCallerView: Encodable {
    let secretId: KeySecretID
    let address: String
    let userAgent: String?
    let lastUsedAt: Date

    init(_ caller: KeyCaller) {
        secretId = caller.secret
        address = caller.address
        userAgent = caller.userAgent
        lastUsedAt = caller.lastUsedAt
    }
}

/// Texts under names of the client's own, which the encoder must leave as they are.
struct TextMap: Encodable {
    private let texts: [String: String]

    init(_ texts: [String: String]) {
        self.texts = texts
    }

    func encode(to encoder: any Encoder) throws {
        // A dictionary that a container encodes keeps its names; one that encodes itself would have them converted.
        var container = encoder.singleValueContainer()
        try container.encode(texts)
    }
}
