import PluginKit

/// What somebody typed, if it reads like a code: six or eight of the bytes `0` to `9`, and nothing around them.
///
/// Nothing is trimmed or converted: a code that could be written in two ways could be used twice.
struct OneTimeCode: Sendable {
    /// With the NUL that C wants at the end; there is none before it.
    private let text: SecretBytes

    init?(_ typed: SecretText) {
        guard typed.bytes.count == 6 || typed.bytes.count == 8 else { return nil }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let text = typed.bytes.withExposedBytes { bytes in
            bytes.allSatisfy(digits.contains) ? SecretBytes(Array(bytes) + [0]) : nil
        }
        guard let text else { return nil }
        self.text = text
    }

    var digits: Int { text.count - 1 }

    /// Lends the code as C's text for the length of `body`.
    func withExposedText<Result>(_ body: (UnsafePointer<CChar>?) throws -> Result) rethrows -> Result {
        try text.withExposedBytes { try body($0.assumingMemoryBound(to: CChar.self).baseAddress) }
    }
}
