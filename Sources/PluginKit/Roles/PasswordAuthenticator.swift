/// Decides whether a person and a password belong together.
///
/// Rules for the implementer:
/// 1. Cost the same for every cause of refusal: a person who is unknown (`user` is `nil`) or has no password
///    still costs exactly one hash, with the current parameters.
/// 2. Never truncate a password. Text that the hash cannot take whole is rejected as `malformed`, after the same cost.
/// 3. Do not count attempts; the kernel reserved this one before it asked.
public protocol PasswordAuthenticator: Sendable {
    func authenticate(user: UserID?, password: SecretText) async throws -> Verdict<PasswordProof>
}

/// What an accepted password proves.
public struct PasswordProof: Sendable, Equatable {
    public let user: UserID
    /// Whether the person must choose a new password before anything else.
    public let mustChange: Bool

    public init(user: UserID, mustChange: Bool) {
        self.user = user
        self.mustChange = mustChange
    }
}

/// Keeps people's passwords: the ability to set one, apart from ``PasswordAuthenticator``, which may ask elsewhere.
///
/// Setting is in two steps, so that hashing never happens inside a transaction: ``prepare(_:for:)`` checks the
/// policy and hashes; the statements it returns are run by the kernel in the transaction of the change. They need not
/// look whether the password was changed meanwhile: the kernel lets none of them run then.
public protocol PasswordKeeper: Sendable {
    /// Checks `password` against the tenant's policy and hashes it.
    ///
    /// - Returns: the statements that store it, or every reason why the policy refuses it.
    func prepare(_ password: SecretText, for owner: PasswordOwner, mustChange: Bool) async throws -> PreparedPassword
}

/// Whose password is to be set.
public struct PasswordOwner: Sendable {
    public let user: UserID
    /// The login in its canonical form: a password equal to it, or to its local part, is refused.
    public let login: String

    public init(user: UserID, login: String) {
        self.user = user
        self.login = login
    }
}

/// What became of a new password.
public enum PreparedPassword: Sendable {
    case ready(store: [BoundStatement])
    case refused([PasswordWeakness])
}

/// One reason why a policy refuses a password: a stable code and words for the person.
public struct PasswordWeakness: Sendable, Equatable {
    /// In lower snake case: `too_short`, `too_common`, `reused`.
    public let code: String
    /// What is wrong and what would do, without the password.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
