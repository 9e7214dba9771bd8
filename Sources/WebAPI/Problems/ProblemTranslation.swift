import HTTPTypes
import Hummingbird
import Kernel
import NIOHTTP1
import PluginKit

/// Turns errors into problems. What it does not know is a defect: 500, with the cause in the log only.
package struct ProblemTranslation: Sendable {
    package init() {}

    /// The problem that `error` stands for; `nil` where nobody expected it.
    package func problem(for error: any Error) -> Problem? {
        if let problem = error as? Problem { return problem }
        if let refusal = error as? Refusal { return Problem(refusal: refusal, passwordPointer: "/password") }
        return switch error {
        case is Overloaded: Problem(.overloaded)
        case let error as TenantUnavailable:
            Problem(.tenantUnavailable, retryAfterSeconds: error.retryAfterSeconds)
        case let error as TooManyMisses: Problem(.rateLimited, retryAfterSeconds: error.retryAfterSeconds)
        case is CancellationError: Problem(.unavailable)
        case is SecretBackendError, KeyWrapperError.unavailable: Problem(.unavailable)
        case let error as DatabaseError: Self.problem(for: error)
        case let error as HTTPParserError: Self.problem(for: error)
        case let error as HTTPError: Self.problem(for: error.status)
        default: nil
        }
    }

    static func problem(for error: HTTPParserError) -> Problem {
        error == .headerOverflow ? Problem(.headersTooLarge) : Problem(.badRequest)
    }

    private static func problem(for error: DatabaseError) -> Problem? {
        switch error {
        case .unavailable, .timedOut, .serialization: Problem(.unavailable)
        case .overloaded: Problem(.overloaded)
        case .uniqueViolation, .foreignKeyViolation, .checkViolation, .refused, .failed: nil
        }
    }

    /// What the HTTP framework refuses by itself.
    private static func problem(for status: HTTPResponse.Status) -> Problem? {
        switch status {
        case .notFound: Problem(.notFound)
        case .contentTooLarge: Problem(.payloadTooLarge)
        case .badRequest: Problem(.badRequest)
        default: nil
        }
    }
}
