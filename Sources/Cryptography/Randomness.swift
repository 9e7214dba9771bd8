import COpenSSL

/// Unpredictable bytes from libcrypto's generator.
package enum Randomness {
    /// - Throws: ``CryptographyError/failed(call:)`` where the generator is not seeded; never weaker bytes instead.
    package static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        guard let size = Int32(exactly: count), size >= 0 else { throw .malformed }
        var bytes = [UInt8](repeating: 0, count: count)
        try check(RAND_bytes(&bytes, size), "RAND_bytes")
        return bytes
    }
}
