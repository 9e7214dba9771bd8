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

    /// The parts of a list that ``encode(_:)`` wrote; `nil` for bytes that it did not write.
    package static func decode(_ encoded: [UInt8]) -> [[UInt8]]? {
        var parts: [[UInt8]] = []
        var rest = encoded[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= count else { return nil }
            parts.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return parts
    }
}
