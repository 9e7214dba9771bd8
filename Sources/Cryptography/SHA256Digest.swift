import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256Digest {
    package static let sizeBytes = 32

    /// The 32 bytes of the digest of `message`.
    ///
    /// Traps where libcrypto has no SHA-256 at all: no answer could be right then.
    package static func of(_ message: some Sequence<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: sizeBytes)
        let status = withContiguousBytes(message) {
            EVP_Digest($0.baseAddress, $0.count, &digest, nil, EVP_sha256(), nil)
        }
        precondition(status == 1, "libcrypto refused SHA-256")
        return digest
    }
}
