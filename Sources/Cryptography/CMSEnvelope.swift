import COpenSSL

/// Messages that only the holder of a private key can open: CMS (RFC 5652) with AES-256-GCM (RFC 5083, 5084), in PEM.
///
/// `openssl cms -decrypt -inform PEM -inkey key.pem` opens one.
package enum CMSEnvelope {
    /// `message`, sealed for the holder of the certificate.
    ///
    /// - Parameter certificate: an X.509 certificate in PEM, with an RSA or EC key. Neither its dates nor who signed it
    ///   are looked at: it says whose key it is to the one who gave it.
    /// - Throws: ``CryptographyError`` where it is no such certificate.
    package static func seal(
        _ message: some Sequence<UInt8>, certificate: some Sequence<UInt8>
    ) throws(CryptographyError) -> [UInt8] {
        let source = try MemoryBuffer(certificate)
        guard let parsed = PEM_read_bio_X509(source.handle, nil, nil, nil) else {
            throw refusal(of: "PEM_read_bio_X509")
        }
        defer { X509_free(parsed) }
        guard let recipients = OPENSSL_sk_new_null() else { throw refusal(of: "OPENSSL_sk_new_null") }
        defer { OPENSSL_sk_free(recipients) }
        guard OPENSSL_sk_push(recipients, UnsafeRawPointer(parsed)) > 0 else {
            throw refusal(of: "OPENSSL_sk_push")
        }
        let input = try MemoryBuffer(message)
        guard let sealed = CMS_encrypt(recipients, input.handle, EVP_aes_256_gcm(), UInt32(CMS_BINARY)) else {
            throw refusal(of: "CMS_encrypt")
        }
        defer { CMS_ContentInfo_free(sealed) }
        let output = try MemoryBuffer()
        try check(PEM_write_bio_CMS_stream(output.handle, sealed, nil, 0), "PEM_write_bio_CMS_stream")
        return output.bytes
    }
}

/// libcrypto's buffer in memory.
private final class MemoryBuffer {
    let handle: OpaquePointer

    /// An empty one, to be written.
    init() throws(CryptographyError) { handle = try Self.make() }

    /// One with `bytes`, to be read.
    convenience init(_ bytes: some Sequence<UInt8>) throws(CryptographyError) {
        try self.init()
        let handle = handle
        let isWhole = withContiguousBytes(bytes) {
            $0.isEmpty || BIO_write(handle, $0.baseAddress, Int32($0.count)) == Int32($0.count)
        }
        try check(isWhole ? 1 : 0, "BIO_write")
    }

    // In memory that is wiped, where the library has such.
    private static func make() throws(CryptographyError) -> OpaquePointer {
        guard let handle = BIO_new(BIO_s_secmem()) ?? BIO_new(BIO_s_mem()) else { throw refusal(of: "BIO_new") }
        return handle
    }

    deinit { BIO_free(handle) }

    var bytes: [UInt8] {
        var start: UnsafeMutableRawPointer?
        let count = BIO_ctrl(handle, BIO_CTRL_INFO, 0, &start)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
