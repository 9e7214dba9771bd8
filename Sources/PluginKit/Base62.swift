/// Numbers in digits of base 62: `0`–`9`, `A`–`Z`, `a`–`z`, the most significant first.
public enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// What each byte stands for as a digit; ``notADigit`` for all others.
    @usableFromInline static let values: [UInt8] = {
        var values = [UInt8](repeating: notADigit, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    /// A bit that no digit's value has.
    @usableFromInline static let notADigit: UInt8 = 0x80

    /// `number` in exactly `width` digits, with zeros before it.
    ///
    /// - Precondition: it fits.
    public static func encode(_ number: UInt64, width: Int) -> String {
        var (digits, left) = ([UInt8](repeating: alphabet[0], count: width), number)
        for place in digits.indices.reversed() {
            digits[place] = alphabet[Int(left % 62)]
            left /= 62
        }
        precondition(left == 0, "the number does not fit into \(width) digits")
        return String(decoding: digits, as: UTF8.self)
    }

    /// The number that the digits stand for; `nil` for other characters, for none, and for a number above 64 bits.
    @inlinable public static func decode(_ digits: some Collection<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        let values = Self.values
        var number: UInt64 = 0
        for byte in digits {
            let digit = values[Int(byte)]
            let (product, tooLarge) = number.multipliedReportingOverflow(by: 62)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
            guard digit != notADigit, !tooLarge, !overflow else { return nil }
            number = sum
        }
        return number
    }

    /// Bytes, taken for one number, in exactly `width` digits: 43 hold 32 bytes.
    ///
    /// - Precondition: they fit.
    public static func encode(bytes: some Collection<UInt8>, width: Int) -> [UInt8] {
        var digits = [UInt8](repeating: alphabet[0], count: width)
        var left = Array(bytes)
        for place in digits.indices.reversed() { digits[place] = alphabet[Int(divide(&left, by: 62))] }
        precondition(left.allSatisfy { $0 == 0 }, "the bytes do not fit into \(width) digits")
        return digits
    }

    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { values[Int(byte)] != notADigit }

    /// Whether there is nothing but digits; the time taken depends on the number of bytes only.
    @inlinable public static func areDigits(_ bytes: some Sequence<UInt8>) -> Bool {
        let values = Self.values
        var seen: UInt8 = 0
        for byte in bytes { seen |= values[Int(byte)] }
        return seen & notADigit == 0
    }

    /// The number whose bytes these are, most significant first; at most eight.
    static func number(of bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Divides a number of many bytes in place and gives the remainder.
    private static func divide(_ bytes: inout [UInt8], by divisor: UInt16) -> UInt16 {
        var remainder: UInt16 = 0
        for place in bytes.indices {
            let part = remainder << 8 | UInt16(bytes[place])
            bytes[place] = UInt8(part / divisor)
            remainder = part % divisor
        }
        return remainder
    }
}
