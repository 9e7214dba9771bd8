package import Foundation
package import PluginKit

/// The query of a request: only parameters that the route takes, each at most once, decoded.
package struct Query: Sendable {
    /// Names under which people put credentials into URLs, where logs and histories keep them.
    private static let credentialNames: Set<String> = [
        "access_token", "refresh_token", "id_token", "token", "bearer", "authorization", "api_key", "api-key", "apikey",
        "key", "secret", "client_secret", "password",
    ]
    private static let longestValueBytes = 2048

    /// What the client sent, by name.
    package let values: [String: String]

    /// Reads `text`, the part of the URL behind the question mark.
    ///
    /// - Throws: `token_in_url`, or `invalid_query` with everything wrong in it.
    init(_ text: String, names: Set<String>) throws(Problem) {
        var values: [String: String] = [:]
        var problems: [FieldProblem] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: sides[0], as: UTF8.self)
            let value = sides.count == 2 ? Self.decode(sides[1]) : ""
            guard !Self.credentialNames.contains(name.lowercased()),
                ![Self.decode(sides[0]), value].contains(where: { $0.map(KeyText.isCredential) == true })
            else { throw Problem(.tokenInURL) }
            if let problem = Self.problem(name, value, isKnown: names.contains(name), isRepeated: values[name] != nil) {
                problems.append(problem)
            }
            values[name] = value ?? ""
        }
        guard problems.isEmpty else { throw Problem(.invalidQuery, errors: problems) }
        self.values = values
    }

    package func text(_ name: String, bytes: ClosedRange<Int>, check: TextCheck? = nil) throws(Problem) -> String? {
        guard let text = values[name] else { return nil }
        guard bytes.contains(text.utf8.count) else {
            let bounds = "from \(bytes.lowerBound) to \(bytes.upperBound) bytes"
            throw Self.refusal(name, "out_of_range", "must have \(bounds)", fix: "send a text of \(bounds)")
        }
        if let check, let message = check.problem(text) {
            throw Self.refusal(name, "invalid_format", message, fix: check.fix)
        }
        return text
    }

    package func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        let isDigits =
            (1...18).contains(text.utf8.count) && text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        guard isDigits, let number = Int(text), range.contains(number) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            throw Self.refusal(name, "out_of_range", "must be a whole number \(bounds)", fix: "send a number \(bounds)")
        }
        return number
    }

    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of kind: Choice.Type = Choice.self
    ) throws(Problem) -> Choice? {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.refusal(name, "not_allowed", "must be one of \(words)", fix: "send one of these words")
        }
        return choice
    }

    package func identifier<Kind>(_ name: String, of kind: Kind.Type = Kind.self) throws(Problem) -> Identifier<Kind>? {
        guard let text = values[name] else { return nil }
        guard let identifier = Identifier<Kind>(text) else {
            let form = "an id such as \(Kind.prefix)_…"
            throw Self.refusal(name, "invalid_format", "must be \(form)", fix: "send \(form)")
        }
        return identifier
    }

    /// A time as the API writes it.
    package func time(_ name: String) throws(Problem) -> Date? {
        guard let text = values[name] else { return nil }
        guard let time = RFC3339.read(text) else {
            throw Self.refusal(name, "invalid_format", "must be a time in UTC", fix: "send it as 2026-01-31T09:05:00Z")
        }
        return time
    }

    static func refusal(_ name: String, _ code: String, _ message: String, fix: String) -> Problem {
        Problem(.invalidQuery, errors: [FieldProblem(pointer: "?\(name)", code: code, message: message, fix: fix)])
    }

    private static func problem(_ name: String, _ value: String?, isKnown: Bool, isRepeated: Bool) -> FieldProblem? {
        let pointer = "?" + String(decoding: name.utf8.prefix(64), as: UTF8.self)
        if !isKnown {
            return FieldProblem(
                pointer: pointer, code: "unknown_parameter", message: "is not a parameter here", fix: "remove it")
        }
        if isRepeated {
            return FieldProblem(
                pointer: pointer, code: "duplicate_parameter", message: "stands here more than once",
                fix: "send it once")
        }
        guard value == nil else { return nil }
        return FieldProblem(
            pointer: pointer, code: "invalid_format", message: "is not percent-encoded UTF-8 of a usual length",
            fix: "encode it by RFC 3986")
    }

    /// Resolves percent escapes; `nil` for broken ones, control characters and text that is not UTF-8.
    private static func decode(_ value: Substring.UTF8View) -> String? {
        guard value.count <= longestValueBytes,
            let text = String(decoding: value, as: UTF8.self).removingPercentEncoding
        else { return nil }
        return text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? text : nil
    }
}
