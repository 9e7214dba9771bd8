/// Writes a list of byte strings so that no two lists are written alike.
///
/// Each part is its length in four bytes, most significant first, and then its bytes. Plain concatenation would
/// write `["user", "semail"]` and `["users", "email"]` alike.
package enum LengthPrefixed {
    package static func encode(_ parts: [[UInt8]]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(parts.reduce(0) { $0 + 4 + $1.count })
        for part in parts {
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { encoded.append(contentsOf: $0) }
            encoded.append(contentsOf: part)
        }
        return encoded
    }
}
