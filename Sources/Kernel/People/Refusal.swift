package import PluginKit

/// Why the kernel declined what somebody who was admitted asked for. An answer, not a failure.
package enum Refusal: Error, Sendable, Equatable {
    /// There is no such thing in this tenant; another tenant's looks the same.
    case notFound
    /// It takes a permission that the caller has not, or touches somebody who may do more than he.
    case forbidden
    case loginTaken
    /// The tenant would be left without an active owner.
    case lastOwner
    case unknownRole(String)
    case weakPassword([PasswordWeakness])
    case wrongPassword
    /// The resource was changed meanwhile, or the request names no version where one is needed.
    case versionConflict
    case tooManyAttempts(retryAfterSeconds: Int)
    /// The invitation is unknown, used, revoked, expired, or whoever made it may no longer make it.
    case invitationInvalid
    /// The sign-in transaction is unknown, used or expired.
    case transactionInvalid

    /// The reason as the audit trail keeps it.
    package var code: String {
        switch self {
        case .notFound: "not_found"
        case .forbidden: "forbidden"
        case .loginTaken: "login_taken"
        case .lastOwner: "last_owner"
        case .unknownRole: "unknown_role"
        case .weakPassword: "weak_password"
        case .wrongPassword: "wrong_password"
        case .versionConflict: "version_conflict"
        case .tooManyAttempts: "too_many_attempts"
        case .invitationInvalid: "invitation_invalid"
        case .transactionInvalid: "transaction_invalid"
        }
    }
}

/// What became of a request that the kernel may decline.
package enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    case refused(Refusal)
}
