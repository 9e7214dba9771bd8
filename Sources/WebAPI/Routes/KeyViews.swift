package import Foundation
package import Kernel
package import PluginKit

/// A key as those see it who administer the tenant, over HTTP and on the host. It never shows a secret.
package struct KeyView: Encodable, Sendable {
    package let id: KeyID
    package let name: String
    package let state: String
    /// What is written in front of the secret in every form of the key; not secret.
    package let prefix: String
    package let scopes: [String]
    package let ownerId: UserID?
    package let allowedNetworks: [String]
    package let rateLimit: Int?
    package let metadata: TextMap
    package let expiresAt: Date?
    package let rotateBy: Date?
    package let isOverdue: Bool
    package let secrets: [KeySecretView]
    package let createdAt: Date
    package let updatedAt: Date
    package let revokedAt: Date?
    package let revokedBecause: String?
    package let revokeReason: String?

    package init(_ key: APIKey, of tenant: Tenant, at now: Date) {
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
        isOverdue = key.revokedAt == nil && key.current.map { $0.rotateBy <= now } ?? false
        secrets = key.secrets.map { KeySecretView($0, at: now) }
        createdAt = key.createdAt
        updatedAt = key.updatedAt
        revokedAt = key.revokedAt
        revokedBecause = key.revokedBecause
        revokeReason = key.revokeReason
    }
}

/// A secret of a key, and how it is used.
package struct KeySecretView: Encodable, Sendable {
    package let id: KeySecretID
    package let state: String
    package let createdAt: Date
    package let expiresAt: Date
    package let endedAt: Date?
    package let endedBecause: String?
    package let lastUsedAt: Date?
    package let useCount: Int
    package let callerCount: Int

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
}

/// A key that was just made, with its text, this once.
package struct NewKeyView: Encodable, Sendable {
    package let key: String
    package let secretId: KeySecretID
    package let view: KeyView

    package init(_ issued: IssuedAPIKey, of tenant: Tenant, at now: Date) {
        key = issued.text.withExposed { $0 }
        secretId = issued.secret
        view = KeyView(issued.key, of: tenant, at: now)
    }

    private enum CodingKeys: String, CodingKey {
        case key, secretId
    }

    package func encode(to encoder: any Encoder) throws {
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
package struct KeyCallerView: Encodable, Sendable {
    package let secretId: KeySecretID
    package let address: String
    package let userAgent: String?
    package let lastUsedAt: Date

    package init(_ caller: KeyCaller) {
        secretId = caller.secret
        address = caller.address
        userAgent = caller.userAgent
        lastUsedAt = caller.lastUsedAt
    }
}

/// Texts under names of the client's own, which the encoder must leave as they are.
package struct TextMap: Encodable, Sendable {
    package let texts: [String: String]

    init(_ texts: [String: String]) {
        self.texts = texts
    }

    package func encode(to encoder: any Encoder) throws {
        // A dictionary that a container encodes keeps its names; one that encodes itself would have them converted.
        var container = encoder.singleValueContainer()
        try container.encode(texts)
    }
}
