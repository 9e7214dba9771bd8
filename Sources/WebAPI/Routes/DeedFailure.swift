import Kernel
import PluginKit

/// How a deed failed, and what that tells of whether it was done.
struct DeedFailure {
    /// Whether certainly nothing was done.
    ///
    /// A connection that breaks, a deadline and a client that goes away may each hit a transaction whose commit the server
    /// has carried out, so they prove nothing; nor does what nobody has expected.
    let isNothingDone: Bool

    init(_ error: any Error) {
        isNothingDone =
            switch error {
            case is Problem, is Refusal, is Overloaded: true
            // Keepers of keys and secrets are asked before anything is written.
            case is SecretBackendError, KeyWrapperError.unavailable: true
            case let error as DatabaseError: Self.isNothingDone(by: error)
            default: false
            }
    }

    private static func isNothingDone(by error: DatabaseError) -> Bool {
        switch error {
        case .overloaded, .serialization, .uniqueViolation, .foreignKeyViolation, .checkViolation, .refused: true
        case .unavailable, .timedOut, .failed: false
        }
    }
}
