import Foundation
import Kernel
import PluginKit

extension VerifiedKey {
    /// What is answered about a key that is good: the same every time, so it is written once.
    func answer(of tenant: Tenant) -> [UInt8] {
        rendering.bytes {
            FlatJSON.write { answer in
                answer.add("expires_at", RFC3339.write(endsAt))
                answer.add("key_id", key.description)
                answer.add("metadata", metadata)
                answer.add("name", name)
                answer.add("owner_id", owner?.description)
                answer.add("scopes", scopes)
                answer.add("secret_id", secret.description)
                answer.add("tenant", tenant.slug.text)
                answer.add("tenant_id", tenant.id.description)
                answer.add("valid", true)
            }
        }
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
