import COpenSSL

/// HKDF with SHA-256 (RFC 5869): makes keys for single purposes out of one key.
package enum HKDFSHA256 {
    /// The longest output: 255 blocks of the digest.
    package static let maximumCount = 255 * SHA256Digest.sizeBytes

    /// Derives `count` bytes from `key`.
    ///
    /// - Parameters:
    ///   - key: the input keying material; not empty.
    ///   - salt: may be empty, which stands for a block of zeros.
    ///   - info: what the derived key is for; two purposes never share one.
    /// - Throws: ``CryptographyError``.
    package static func derive(
        from key: KeyBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(CryptographyError) -> KeyBytes {
        guard key.count > 0 else { throw .wrongKeySize(bytes: 0) }
        guard (1...maximumCount).contains(count) else { throw .malformed }
        let context = try DerivationContext()
        try context.configure(key: key, salt: salt, info: info)
        return try KeyBytes(count: count) { buffer throws(CryptographyError) in try context.derive(into: buffer) }
    }
}

/// libcrypto's context of one derivation.
private struct DerivationContext: ~Copyable {
    private let context: OpaquePointer

    init() throws(CryptographyError) {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil) else { throw refusal(of: "EVP_PKEY_CTX_new_id") }
        self.context = context
    }

    deinit { EVP_PKEY_CTX_free(context) }

    borrowing func configure(key: KeyBytes, salt: [UInt8], info: [UInt8]) throws(CryptographyError) {
        guard let saltSize = Int32(exactly: salt.count), let infoSize = Int32(exactly: info.count) else {
            throw .malformed
        }
        try check(EVP_PKEY_derive_init(context), "EVP_PKEY_derive_init")
        try check(EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()), "EVP_PKEY_CTX_set_hkdf_md")
        let status = key.withExposedBytes { EVP_PKEY_CTX_set1_hkdf_key(context, $0.baseAddress, Int32($0.count)) }
        try check(status, "EVP_PKEY_CTX_set1_hkdf_key")
        if saltSize > 0 {
            try check(EVP_PKEY_CTX_set1_hkdf_salt(context, salt, saltSize), "EVP_PKEY_CTX_set1_hkdf_salt")
        }
        if infoSize > 0 {
            try check(EVP_PKEY_CTX_add1_hkdf_info(context, info, infoSize), "EVP_PKEY_CTX_add1_hkdf_info")
        }
    }

    borrowing func derive(into buffer: UnsafeMutableRawBufferPointer) throws(CryptographyError) {
        var count = buffer.count
        try check(EVP_PKEY_derive(context, buffer.baseAddress, &count), "EVP_PKEY_derive")
        guard count == buffer.count else { throw .failed(call: "EVP_PKEY_derive") }
    }
}
