public import Foundation

/// Keeps secrets outside the database: environment variables, files, a vault.
///
/// Rules for the implementer:
/// 1. ``resolve(_:)`` returns the newest value it knows and may be called often: cache, and notice changes.
/// 2. Once a value was good, a passing failure returns that last good value; it is not an error.
/// 3. A name that ``nameProblem(_:)`` refuses is never looked up.
/// 4. No error, description or log line holds the value.
/// 5. A value is given whole or not at all; what is too large is an error.
/// 6. One slow look-up holds up no other name, and a cancelled one ends promptly, with `CancellationError` or a value,
///    and leaves the rest as it was.
public protocol SecretBackend: Sendable {
    /// The secret called `name`, or `nil` where the backend holds none by that name.
    ///
    /// - Throws: ``SecretBackendError`` where the backend could not tell.
    func resolve(_ name: String) async throws -> ResolvedSecret?

    /// What is missing where ``resolve(_:)`` just found none, and what mends it; it names no value.
    func absence(of name: String) async -> String

    /// Says what is wrong with `name` as a name of this backend; `nil` where it is well-formed. Touches nothing.
    static func nameProblem(_ name: String) -> String?
}

extension SecretBackend {
    public func absence(of name: String) async -> String { "there is none by that name" }
}

/// A secret as a backend found it.
public struct ResolvedSecret: Sendable {
    public let value: SecretBytes
    /// Tells one value from the next without revealing it: a version number, a change time. Safe to log.
    public let version: String
    /// When this value came to be, as far as the backend knows; `nil` where it does not.
    public let changedAt: Date?
    /// Since when the backend could not confirm that this still is the value; `nil` where it is confirmed.
    public let unconfirmedSince: Date?

    public init(value: SecretBytes, version: String, changedAt: Date? = nil, unconfirmedSince: Date? = nil) {
        self.value = value
        self.version = version
        self.changedAt = changedAt
        self.unconfirmedSince = unconfirmedSince
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
    /// The newest value at `reference`, or `nil` where its backend holds none by that name.
    ///
    /// - Throws: ``SecretBackendError`` where the tenant has no such backend, or where the backend could not tell.
    func find(_ reference: SecretReference) async throws -> ResolvedSecret?

    /// What is missing where ``find(_:)`` just found none, and what mends it.
    func absence(of reference: SecretReference) async -> String
}

extension TenantSecrets {
    public func absence(of reference: SecretReference) async -> String { "there is none by that name" }

    /// The newest value at `reference`.
    ///
    /// - Throws: ``SecretBackendError`` where there is none, or where the backend could not tell.
    public func resolve(_ reference: SecretReference) async throws -> ResolvedSecret {
        guard let secret = try await find(reference) else {
            throw SecretBackendError("finding the secret \(reference): \(await absence(of: reference))")
        }
        return secret
    }
}
