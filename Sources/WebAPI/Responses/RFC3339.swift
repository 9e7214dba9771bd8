package import Foundation

/// Times as the API and the log write them: UTC with milliseconds, `2026-01-31T09:05:00.250Z`.
package enum RFC3339 {
    package static func write(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads a UTC time, with or without a fraction of a second; `nil` for anything else.
    package static func read(_ text: String) -> Date? {
        guard text.utf8.count <= 32, text.utf8.last == UInt8(ascii: "Z") else { return nil }
        return (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
    }
}
