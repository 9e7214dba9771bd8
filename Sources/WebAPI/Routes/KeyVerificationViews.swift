import Foundation
import Kernel
import PluginKit

/// A key that is good, and what it allows.
struct ValidKeyView: Encodable {
    let valid = true
    let keyId: KeyID
    let secretId: KeySecretID
    let tenantId: TenantID
    let tenant: String
    let name: String
    let ownerId: UserID?
    let scopes: [String]
    let metadata: TextMap
    let expiresAt: Date

    init(_ key: VerifiedKey, of tenant: Tenant) {
        keyId = key.key
        secretId = key.secret
        tenantId = tenant.id
        self.tenant = tenant.slug.text
        name = key.name
        ownerId = key.owner
        scopes = key.scopes
        metadata = TextMap(key.metadata)
        expiresAt = key.endsAt
    }
}

/// A key that is not good.
struct KeyVerdictView: Encodable {
    /// What everybody is told, whatever is wrong.
    static let invalid = KeyVerdictView(code: "invalid_key", retryAfterSeconds: nil)

    let valid = false
    let code: String
    let retryAfterSeconds: Int?

    private init(code: String, retryAfterSeconds: Int?) {
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }

    init(_ refusal: KeyRefusal, tellsAll: Bool) {
        switch refusal {
        // Only a key that is good from where it is used comes to its limit, or lacks a scope.
        case .rateLimited(let seconds): self.init(code: refusal.code, retryAfterSeconds: seconds)
        case .insufficientScope: self.init(code: refusal.code, retryAfterSeconds: nil)
        default: self = tellsAll ? KeyVerdictView(code: refusal.code, retryAfterSeconds: nil) : .invalid
        }
    }
}
