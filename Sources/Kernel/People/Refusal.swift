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
    /// The sessions of whoever asks were ended while he asked.
    case changedMeanwhile
    /// The invitation is unknown, used, revoked, expired, or whoever made it may no longer make it.
    case invitationInvalid
    /// The sign-in transaction is unknown, used or expired.
    case transactionInvalid
    /// The code of a second factor is wrong, used or of no factor of his.
    case wrongCode
    /// A first factor takes a ticket that is good, and there is none.
    case ticketRequired
    /// His role asks for a second factor, and this is the last one.
    case lastFactor
    /// He has as many factors as anybody may have.
    case tooManyFactors
    /// It takes a second factor, and he has none.
    case noFactor
    /// It is for somebody without a second factor, and he has one.
    case hasFactor
    /// It takes a second factor, and none was proved.
    case stepUpRequired
    /// The key is revoked or expired.
    case keyNotLive
    /// The key is being rotated; that has to be finished or taken back first.
    case rotationInProgress
    /// The key is not being rotated, or its overlap is over.
    case noRotation
    /// There is another of this name.
    case nameTaken
    /// A key may not be good for so long; this is how long it may.
    case lifetimeTooLong(seconds: Int)

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
        case .changedMeanwhile: "changed_meanwhile"
        case .tooManyAttempts: "too_many_attempts"
        case .invitationInvalid: "invitation_invalid"
        case .transactionInvalid: "transaction_invalid"
        case .wrongCode: "wrong_code"
        case .ticketRequired: "ticket_required"
        case .lastFactor: "last_factor"
        case .tooManyFactors: "too_many_factors"
        case .noFactor: "no_factor"
        case .hasFactor: "has_factor"
        case .stepUpRequired: "step_up_required"
        case .keyNotLive: "key_not_live"
        case .rotationInProgress: "rotation_in_progress"
        case .noRotation: "no_rotation"
        case .nameTaken: "name_taken"
        case .lifetimeTooLong: "lifetime_too_long"
        }
    }
}

/// What became of a request that the kernel may decline.
package enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    case refused(Refusal)
}
