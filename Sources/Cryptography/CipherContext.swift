import COpenSSL

/// libcrypto's context of one AES-256-GCM message, made fresh and used once.
struct CipherContext: ~Copyable {
    enum Direction: Int32 {
        case open = 0
        case seal = 1
    }

    // Looked up once: at each use that would compare names under locks, for longer than the cipher works on a few bytes.
    private static let cipher = FetchedCipher(handle: EVP_CIPHER_fetch(nil, "AES-256-GCM", nil))

    private let context: OpaquePointer

    init() throws(CryptographyError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw refusal(of: "EVP_CIPHER_CTX_new") }
        self.context = context
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Sets direction, key and nonce; to be called first.
    borrowing func begin(_ direction: Direction, key: KeyBytes, nonce: [UInt8]) throws(CryptographyError) {
        guard key.count == AES256GCM.keySizeBytes else { throw .wrongKeySize(bytes: key.count) }
        guard nonce.count == AES256GCM.nonceSizeBytes else { throw .malformed }
        guard let cipher = Self.cipher.handle else { throw refusal(of: "EVP_CIPHER_fetch") }
        let status = key.withExposedBytes {
            EVP_CipherInit_ex2(context, cipher, $0.baseAddress, nonce, direction.rawValue, nil)
        }
        try check(status, "EVP_CipherInit_ex2")
    }

    /// Takes in the associated data; to be called before ``process(_:)``.
    borrowing func authenticate(_ associatedData: [UInt8]) throws(CryptographyError) {
        guard let size = Int32(exactly: associatedData.count) else { throw .malformed }
        guard size > 0 else { return }
        var written: Int32 = 0
        try check(EVP_CipherUpdate(context, nil, &written, associatedData, size), "EVP_CipherUpdate")
    }

    /// Encrypts or decrypts the whole message. What comes out of decryption is not to be used before ``finish(expecting:)``.
    borrowing func process(_ text: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let size = Int32(exactly: text.count) else { throw .malformed }
        guard size > 0 else { return [] }
        var output = [UInt8](repeating: 0, count: text.count)
        var written: Int32 = 0
        try check(EVP_CipherUpdate(context, &output, &written, text, size), "EVP_CipherUpdate")
        guard written == size else { throw .failed(call: "EVP_CipherUpdate") }
        return output
    }

    /// Ends an encryption and gives its tag.
    borrowing func finish() throws(CryptographyError) -> [UInt8] {
        try check(finalStatus(), "EVP_CipherFinal_ex")
        var tag = [UInt8](repeating: 0, count: AES256GCM.tagSizeBytes)
        let status = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(AES256GCM.tagSizeBytes), &tag)
        try check(status, "EVP_CTRL_AEAD_GET_TAG")
        return tag
    }

    /// Ends a decryption.
    ///
    /// - Throws: ``CryptographyError/notAuthentic`` unless `tag` is the tag of what was taken in.
    borrowing func finish(expecting tag: [UInt8]) throws(CryptographyError) {
        guard tag.count == AES256GCM.tagSizeBytes else { throw .malformed }
        var tag = tag
        let status = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag)
        try check(status, "EVP_CTRL_AEAD_SET_TAG")
        guard finalStatus() == 1 else {
            ERR_clear_error()
            throw .notAuthentic
        }
    }

    // Galois/counter mode has no padding, so nothing is written here.
    private borrowing func finalStatus() -> Int32 {
        var rest: UInt8 = 0
        var written: Int32 = 0
        return EVP_CipherFinal_ex(context, &rest, &written)
    }
}

/// A cipher of libcrypto's.
// Any thread may use it: libcrypto never changes what it once handed out, and it is never given back.
private struct FetchedCipher: @unchecked Sendable {
    let handle: OpaquePointer?
}
