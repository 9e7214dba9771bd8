/// Wraps keys under a key-encryption key, which may never leave its keeper.
///
/// Rules for the implementer:
/// 1. What was wrapped with a binding unwraps with the same binding only.
/// 2. A wrapped key names the key that wrapped it by ``WrappedKey/wrapperKeyID``; keys are never tried in turn.
/// 3. No error, description or log line holds a key.
public protocol KeyWrapper: Sendable {
    /// Names the key that wraps at this moment; a different name means that it was rotated.
    ///
    /// - Throws: ``KeyWrapperError``
    func currentKeyID() async throws -> String

    /// - Throws: ``KeyWrapperError``
    func wrap(_ key: SecretBytes, binding: [UInt8]) async throws -> WrappedKey

    /// - Throws: ``KeyWrapperError``; ``KeyWrapperError/unknownKey(id:)`` where the key that wrapped is none of this one's.
    func unwrap(_ wrapped: WrappedKey, binding: [UInt8]) async throws -> SecretBytes
}

/// A key as it may be stored.
public struct WrappedKey: Sendable, Equatable {
    /// The key that wrapped it, in printable ASCII.
    public let wrapperKeyID: String
    public let bytes: [UInt8]

    public init(wrapperKeyID: String, bytes: [UInt8]) {
        self.wrapperKeyID = wrapperKeyID
        self.bytes = bytes
    }
}

/// Why a key could not be wrapped or unwrapped.
public enum KeyWrapperError: Error, Sendable, CustomStringConvertible {
    /// Nothing here has the key that wrapped.
    case unknownKey(id: String)
    /// The wrapped key was altered, or belongs elsewhere.
    case refused
    /// The keeper of the key cannot be asked; trying again may help. The reason says what to do, and holds no secret.
    case unavailable(reason: String)

    public var description: String {
        switch self {
        case .unknownKey(let id): "no key-encryption key \(id) is at hand"
        case .refused: "a wrapped key was altered, or belongs elsewhere"
        case .unavailable(let reason): "the key-encryption key cannot be used now: \(reason)"
        }
    }
}
