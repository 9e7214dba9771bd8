import PluginKit

/// How often all sessions of a person were ended: by a new password, by whoever revoked them, suspended or deleted him, or
/// by a change of his factors.
///
/// What becomes a session, a device or a step of a sign-in takes its time, above all to hash. So everybody who makes one
///
/// 1. reads the epoch before he looks at any proof, and
/// 2. stores what he makes together with ``HoldSessionEpoch``, which comes first and lets nothing be stored where the
///    epoch has passed.
///
/// Whatever was begun before the sessions ended is then worth as little as if it had come afterwards.
package struct SessionEpoch: Sendable, Equatable {
    let number: Int

    package init(_ number: Int) {
        self.number = number
    }

    /// How the database says that an epoch has passed.
    static let constraint = "session_epoch"

    /// What `body` gives, which holds somebody to his epoch; `nil` where that had passed, and nothing was done.
    static func unlessPassed<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value? {
        do {
            return try await body()
        } catch DatabaseError.checkViolation(constraint) {
            return nil
        }
    }
}
