import CZlib
import PluginKit

/// What gives typing errors away: CRC-32 of all that stands before it, in six Base62 digits.
///
/// It is no proof of anything; whoever knows the form can compute it. It spares a look into the database for text that
/// cannot be a key.
enum KeyChecksum {
    static let length = 6

    static func write(of text: [UInt8]) -> [UInt8] {
        Array(Base62.encode(UInt64(text.withUnsafeBytes(number)), width: length).utf8)
    }

    /// Whether `digits` are the checksum of `text`. In six digits a number has one form.
    static func isWritten(in digits: UnsafeRawBufferPointer, of text: UnsafeRawBufferPointer) -> Bool {
        digits.count == length && Base62.decode(digits) == UInt64(number(of: text))
    }

    /// CRC-32 as IEEE 802.3 and gzip have it.
    static func number(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        // A key has at most 91 bytes, so that the count fits.
        UInt32(truncatingIfNeeded: crc32(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(bytes.count)))
    }
}
