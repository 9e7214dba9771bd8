import HTTPTypes

/// The documentation of every problem code, made from the registry so that it cannot differ from it.
package enum ProblemDocumentation {
    /// The text of `docs/problems.md`.
    package static var markdown: String {
        let sections = ProblemCode.allCases.map { code in
            """
            ## \(code.rawValue)

            \(code.status.code) · `\(code.typeURI)`

            \(code.meaning)

            """
        }
        return ([introduction] + sections).joined(separator: "\n")
    }

    private static let introduction = """
        # Problems

        Every error is answered as `application/problem+json` (RFC 9457) with the members `type`, `title`, `status`, `code`,
        `detail`, `request_id` and, where fields are at fault, `errors`: a list of `pointer`, `code`, `message` and `fix`.
        A pointer is a JSON pointer into the body (`/roles/0`), or `?name` for a query parameter. `code` is the contract;
        the words may change.

        """
}
