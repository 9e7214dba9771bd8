import HTTPTypes

/// Strong entity tags of things that count their versions (RFC 9110, 8.8.3).
enum EntityTag {
    static func write(_ version: Int) -> String { "\"\(version)\"" }

    /// The version that `If-Match` names; `nil` where the request has no such header, which means "make it new".
    ///
    /// - Throws: `precondition_failed` for a tag that no version has.
    static func expected(in headers: HTTPFields) throws(Problem) -> Int? {
        guard let text = headers[.ifMatch] else { return nil }
        let digits = text.utf8.dropFirst().dropLast()
        guard let version = Int(String(decoding: digits, as: UTF8.self)), write(version) == text else {
            throw Problem(.preconditionFailed)
        }
        return version
    }
}
