import PluginKit

/// The part of a key that nobody guesses: 32 random bytes in 43 Base62 digits.
enum KeySecret {
    static let sizeBytes = 32
    static let length = 43

    /// What the largest secret is written as. 43 digits hold a little more than 32 bytes do.
    private static let largest = Base62.encode(bytes: [UInt8](repeating: 0xFF, count: sizeBytes), width: length)

    /// New bytes from the system's generator, which is fit for keys.
    static func make() -> [UInt8] {
        (0..<sizeBytes / 8).flatMap { _ in withUnsafeBytes(of: UInt64.random(in: .min ... .max), Array.init) }
    }

    static func write(_ secret: [UInt8]) -> [UInt8] {
        precondition(secret.count == sizeBytes, "a key's secret is \(sizeBytes) bytes")
        return Base62.encode(bytes: secret, width: length)
    }

    /// Whether these 43 characters are what ``write(_:)`` makes of some secret. Takes the same time for all of them.
    static func isWritten(in digits: UnsafeRawBufferPointer) -> Bool {
        // A subtraction on paper: something is borrowed at the end where the digits are more than the largest. They
        // sort as their characters do.
        let largest = Self.largest
        var borrowed: Int16 = 0
        for place in digits.indices.reversed() {
            borrowed = (Int16(largest[place]) - Int16(digits[place]) - borrowed) >> 15 & 1
        }
        let areDigits = Base62.areDigits(digits)
        return areDigits && borrowed == 0
    }
}
