/// Durations as settings write them: a whole number and one unit out of `s`, `m`, `h`, `d`.
public enum DurationText {
    private static let units: [(unit: UInt8, seconds: Int64)] = [
        (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
    ]

    /// `nil` for anything else, such as `1.5h`, `90` or `1h30m`.
    public static func read(_ text: String) -> Duration? {
        let bytes = Array(text.utf8)
        guard (2...10).contains(bytes.count), let unit = units.first(where: { $0.unit == bytes.last }) else {
            return nil
        }
        let digits = bytes.dropLast()
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self)).map { .seconds($0 * unit.seconds) }
    }

    /// The shortest exact form, in the largest unit that divides it: `90d`, `15m`, `0s`.
    public static func write(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        guard seconds != 0, let fit = units.first(where: { seconds % $0.seconds == 0 }) else { return "0s" }
        return "\(seconds / fit.seconds)" + String(decoding: [fit.unit], as: UTF8.self)
    }
}

/// Levenshtein's distance on UTF-8 bytes, to guess what a misspelt key meant.
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (line, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
