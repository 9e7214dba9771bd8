import COpenSSL

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1).
package enum HMACSHA256 {
    package static let sizeBytes = 32

    /// The 32 bytes of the authentication code of `message` under `key`; compare them with ``ConstantTime``.
    ///
    /// A key of 32 random bytes is right for every purpose here; this function takes any length.
    /// Traps where libcrypto has no HMAC-SHA-256 at all: no answer could be right then.
    package static func authenticate(_ message: some Sequence<UInt8>, key: KeyBytes) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: sizeBytes)
        let result = withContiguousBytes(message) { message in
            key.withExposedBytes { key in
                HMAC(EVP_sha256(), key.baseAddress, Int32(key.count), message.baseAddress, message.count, &code, nil)
            }
        }
        precondition(result != nil, "libcrypto refused HMAC-SHA-256")
        return code
    }
}
