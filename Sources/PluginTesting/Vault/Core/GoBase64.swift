import Foundation

/// Base64 read as strictly as Go does, since its complaint names the place of the first wrong byte.
enum GoBase64 {
    static func decode(_ text: String) throws(VaultRefusal) -> [UInt8] {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var start = 0
        while start < bytes.count {
            decoded += try quantum(of: bytes, at: start)
            start += 4
        }
        return decoded
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    private static func quantum(of bytes: [UInt8], at start: Int) throws(VaultRefusal) -> [UInt8] {
        let end = min(start + 4, bytes.count)
        var values: [UInt32] = []
        for index in start..<end {
            guard bytes[index] != padding else {
                try checkPadding(bytes, from: index, after: values.count)
                break
            }
            guard let value = value(of: bytes[index]) else { throw illegal(at: index) }
            values.append(value)
        }
        guard end == start + 4 else { throw illegal(at: start) }
        let bits = values.reduce(0) { $0 << 6 | $1 } << (6 * UInt32(4 - values.count))
        return [bits >> 16, bits >> 8, bits].prefix(values.count - 1).map { UInt8(truncatingIfNeeded: $0) }
    }

    private static func checkPadding(_ bytes: [UInt8], from index: Int, after count: Int) throws(VaultRefusal) {
        guard count >= 2 else { throw illegal(at: index) }
        let second = index + 1
        if count == 2 {
            guard second < bytes.count else { throw illegal(at: bytes.count) }
            guard bytes[second] == padding else { throw illegal(at: index) }
        }
        let last = index + 4 - count
        guard last == bytes.count else { throw illegal(at: last) }
    }

    private static let padding = UInt8(ascii: "=")

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static func illegal(at index: Int) -> VaultRefusal {
        .invalid("illegal base64 data at input byte \(index)")
    }
}
