import Foundation
import PluginKit

/// Makes the secrets of one tenant's keys.
struct KeyMaker: Sendable {
    let tenant: Tenant
    let authenticator: any KeyAuthenticator
    let hashKey: HashKey
    let now: Date

    /// A new secret of a key, and its text. It is good as long as the key's secrets are, and no longer than the policy
    /// has it.
    func make(for key: KeyID, lifetimeSeconds: Int) throws -> (secret: NewKeySecret, text: SecretText) {
        let text = try authenticator.makeKey(at: KeyAddress(tenant: TenantTag(tenant.id), key: KeyTag(key)))
        let expiresAt = now.addingTimeInterval(Double(min(Int64(lifetimeSeconds), ages.maxAgeSeconds)))
        let secret = NewKeySecret(
            id: .make(at: now), hash: hashKey.hash(text), createdAt: now, expiresAt: expiresAt,
            rotateBy: ages.rotateBy(createdAt: now, expiresAt: expiresAt))
        return (secret, text)
    }

    var ages: KeyAges { KeyAges(authenticator.policy) }
}

/// A secret that is to be stored.
struct NewKeySecret: Sendable {
    let id: KeySecretID
    let hash: KeyHash
    let createdAt: Date
    let expiresAt: Date
    let rotateBy: Date
}
