import Foundation

/// Lengths and points of time as Vault, a program in Go, reads and writes them.
enum GoText {
    /// Whole seconds from a number, from digits, or from text such as `1h30m`; `nil` for anything else.
    static func seconds(_ value: JSONValue?) -> Int? {
        guard let value else { return nil }
        if let number = value.integer { return number }
        return value.string.flatMap(seconds)
    }

    static func seconds(_ text: String) -> Int? {
        if let number = Int(text) { return number }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        var total = 0.0
        var digits = ""
        var unit = ""
        for scalar in (isNegative ? text.dropFirst() : text[...]).unicodeScalars {
            if scalar == "." || ("0"..."9").contains(scalar) {
                if !unit.isEmpty {
                    guard let part = part(digits, unit) else { return nil }
                    total += part
                    (digits, unit) = ("", "")
                }
                digits.unicodeScalars.append(scalar)
            } else {
                unit.unicodeScalars.append(scalar)
            }
        }
        guard let last = part(digits, unit) else { return nil }
        return Int(isNegative ? -(total + last) : total + last)
    }

    private static func part(_ digits: String, _ unit: String) -> Double? {
        let units = ["ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let number = Double(digits), let factor = units[unit] else { return nil }
        return number * factor
    }

    /// As `1h0m0s`.
    static func duration(_ seconds: Int) -> String {
        let (size, sign) = (abs(seconds), seconds < 0 ? "-" : "")
        let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60)
        if hours > 0 { return "\(sign)\(hours)h\(minutes)m\(rest)s" }
        return minutes > 0 ? "\(sign)\(minutes)m\(rest)s" : "\(sign)\(rest)s"
    }

    /// As `1h` or `29m59s`: units that are zero at the end are left out.
    static func shortDuration(_ seconds: Int) -> String {
        var text = duration(seconds)
        if text.hasSuffix("m0s") { text.removeLast(2) }
        if text.hasSuffix("h0m") { text.removeLast(2) }
        return text
    }

    /// In the form of RFC 3339, in UTC, with the fraction of a second as far as it goes.
    static func time(_ date: Date) -> String {
        let nanoseconds = Int((date.timeIntervalSince1970 * 1e6).rounded(.down)) * 1000
        let whole = Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).formatted(.iso8601)
        let digits = String(nanoseconds % 1_000_000_000)
        let padded = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        let end = padded.utf8.lastIndex { $0 != UInt8(ascii: "0") }
        guard let end else { return whole }
        return "\(whole.dropLast()).\(padded[...end])Z"
    }

    /// In the form of the header `Date`.
    static func headerTime(_ date: Date) -> String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
        let text = date.formatted(.iso8601)
        let parts = text.split { "-TZ".contains($0) }
        let month = months[(Int(parts[1]) ?? 1) - 1]
        // The first day of that count was a Thursday.
        return "\(weekdays[(day % 7 + 7) % 7]), \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
    }

    static func unixTime(_ date: Date) -> JSONValue { .integer(Int(date.timeIntervalSince1970.rounded(.down))) }
}
