import ArgumentParser
import Foundation

/// What a command says on standard output: words for people, or one JSON value for programs.
struct Output: Sendable {
    let json: Bool

    /// Prints `value` as JSON, or `words` for people.
    func show(_ value: some Encodable, words: () -> String) throws {
        try write(json ? Self.encode(value) : words())
    }

    func write(_ text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }

    /// Says what went wrong, on standard error.
    static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// How a command ends (stable; scripts rely on it).
extension ExitCode {
    /// Refused, or problems were found.
    static let refused = ExitCode(1)
    static let usage = ExitCode(2)
    /// Could not reach something it needs, such as the database.
    static let unreachable = ExitCode(3)
}
