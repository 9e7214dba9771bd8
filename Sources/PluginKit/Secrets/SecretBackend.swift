/// Keeps secrets outside the database: environment variables, files, a vault.
///
/// Rules for the implementer:
/// 1. ``resolve(_:)`` returns the newest value it knows and may be called often: cache, and notice changes.
/// 2. Once a value was good, a passing failure returns that last good value; it is not an error.
/// 3. A name that ``nameProblem(_:)`` refuses is never looked up.
/// 4. No error, description or log line holds the value.
public protocol SecretBackend: Sendable {
    /// The secret called `name`, or `nil` where the backend holds none by that name.
    ///
    /// - Throws: ``SecretBackendError`` where the backend could not tell.
    func resolve(_ name: String) async throws -> ResolvedSecret?

    /// Says what is wrong with `name` as a name of this backend; `nil` where it is well-formed. Touches nothing.
    static func nameProblem(_ name: String) -> String?
}

/// A secret as a backend found it.
public struct ResolvedSecret: Sendable {
    public let value: SecretBytes
    /// Tells one value from the next without revealing it: a version number, a change time. Safe to log.
    public let version: String

    public init(value: SecretBytes, version: String) {
        self.value = value
        self.version = version
    }
}

/// Why a backend could not say what a secret is.
public struct SecretBackendError: Error, CustomStringConvertible {
    /// What was being done and what to do about it, without the value.
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// The secrets of one tenant, over all backends that its file names.
public protocol TenantSecrets: Sendable {
    /// The newest value at `reference`.
    ///
    /// - Throws: ``SecretBackendError`` where there is none, or where the backend could not tell.
    func resolve(_ reference: SecretReference) async throws -> ResolvedSecret
}
