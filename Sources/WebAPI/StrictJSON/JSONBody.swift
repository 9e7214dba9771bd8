/// The typed form of a request body.
///
/// ```swift
/// struct CreateUser: JSONBody {
///     let login: String
///     let password: SecretText?
///     init(reading body: BodyReader) {
///         login = body.text("login", bytes: 3...254)
///         password = body.optionalSecret("password", bytes: 1...1024)
///     }
/// }
/// ```
package protocol JSONBody: Sendable {
    /// Whether a request may come without a body, which then reads as an object without members.
    static var mayBeAbsent: Bool { get }

    init(reading body: BodyReader)
}

extension JSONBody {
    package static var mayBeAbsent: Bool { false }
}

/// The body of routes that take nothing: none at all, or an empty object.
package struct NoBody: JSONBody {
    package static var mayBeAbsent: Bool { true }

    package init(reading body: BodyReader) {}
}

extension JSONBody {
    /// Reads the bytes of a body.
    ///
    /// - Throws: `invalid_json` where they are not JSON, `invalid_body` with everything wrong in it.
    package static func read(from bytes: [UInt8]) throws(Problem) -> Self {
        let document = try document(of: bytes)
        let reader = BodyReader(document.root)
        let body = Self(reading: reader)
        reader.finish()
        let problems = document.faults + reader.problems
        guard problems.isEmpty else { throw Problem(.invalidBody, errors: problems) }
        return body
    }

    private static func document(of bytes: [UInt8]) throws(Problem) -> JSONDocument {
        if bytes.isEmpty, mayBeAbsent { return JSONDocument(root: .object([]), faults: []) }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw Problem(.invalidJSON, detail: error.detail)
        }
    }
}
