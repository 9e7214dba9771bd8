package import HTTPTypes

/// An answer that says what is wrong, in the form of RFC 9457; thrown from anywhere below the error middleware.
///
/// It goes to the client as it stands: nothing in it may come from inside the server.
package struct Problem: Error, Sendable {
    /// How many fields one answer names at most, so that a small request cannot order a large answer.
    private static let mostErrors = 50

    package let code: ProblemCode
    /// Words for this one case; the code's ``ProblemCode/meaning`` where a place has nothing to add.
    package let detail: String
    package let errors: [FieldProblem]
    /// Headers that belong to the answer, such as `Allow` and `Retry-After`.
    package let headers: HTTPFields

    /// - Parameter retryAfterSeconds: when a repetition may succeed; 429 and 503 always say so, by default in a second.
    package init(
        _ code: ProblemCode,
        detail: String? = nil,
        errors: [FieldProblem] = [],
        retryAfterSeconds: Int? = nil,
        headers: HTTPFields = [:]
    ) {
        self.code = code
        self.detail = detail ?? code.meaning
        self.errors = Array(errors.prefix(Self.mostErrors))
        var headers = headers
        if let seconds = retryAfterSeconds ?? Self.usualRetryAfterSeconds(code) { headers[.retryAfter] = "\(seconds)" }
        // RFC 9110, 15.5.2: every 401 names a scheme.
        if code.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        self.headers = headers
    }

    private static func usualRetryAfterSeconds(_ code: ProblemCode) -> Int? {
        code.status == .tooManyRequests || code.status == .serviceUnavailable ? 1 : nil
    }
}

/// One thing wrong with one field of a request, in words that its sender can act on.
package struct FieldProblem: Sendable, Hashable, Encodable {
    /// A JSON pointer into the body (RFC 6901), such as `/roles/0`, or `?limit` for a query parameter.
    package let pointer: String
    /// In lower snake case: `unknown_field`, `wrong_type`.
    package let code: String
    /// What is wrong. Never repeats the value, which may be a secret.
    package let message: String
    /// How to mend it.
    package let fix: String

    package init(pointer: String, code: String, message: String, fix: String) {
        self.pointer = pointer
        self.code = code
        self.message = message
        self.fix = fix
    }
}
