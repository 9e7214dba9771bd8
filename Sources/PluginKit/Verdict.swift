/// What a provider decided about a credential.
///
/// A wrong password is an answer, not a failure, so it is returned. An error is thrown only when the
/// provider could not decide: the database was unreachable, a stored hash was corrupt.
public enum Verdict<Value: Sendable>: Sendable {
    case accepted(Value)
    case rejected(Rejection)
}

extension Verdict: Equatable where Value: Equatable {}

/// Why a credential was turned down. Recorded in the log and the audit trail; the client is told only "denied".
public enum Rejection: String, Sendable, Equatable, CaseIterable {
    case unknownAccount = "unknown_account"
    case noCredential = "no_credential"
    case wrongCredential = "wrong_credential"
    case malformed
    case expired
    case alreadyUsed = "already_used"
    case locked
}
