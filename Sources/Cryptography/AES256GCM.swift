import COpenSSL

/// AES-256 in Galois/counter mode (NIST SP 800-38D): secrecy and authenticity in one.
///
/// The sealed form is `nonce (12) ‖ ciphertext ‖ tag (16)`. The nonce is random, so one key seals fewer than 2³²
/// messages. The mode does not commit to its key: choose the key by its identifier, never by trying several.
package enum AES256GCM {
    package static let keySizeBytes = 32
    package static let nonceSizeBytes = 12
    package static let tagSizeBytes = 16

    /// Seals `plaintext`; it opens only with the same `key` and the same `associatedData`, which is not part of the result.
    ///
    /// - Throws: ``CryptographyError``.
    package static func seal(
        _ plaintext: [UInt8], key: KeyBytes, authenticating associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = try Randomness.bytes(nonceSizeBytes)
        return try seal(plaintext, key: key, nonce: nonce, authenticating: associatedData)
    }

    /// The plaintext of `sealed`; nothing of it is given out unless all of it is authentic.
    ///
    /// - Throws: ``CryptographyError/notAuthentic`` where text, key or associated data differ from what was sealed;
    ///   ``CryptographyError/malformed`` where the text is too short to have been sealed.
    package static func open(
        _ sealed: [UInt8], key: KeyBytes, authenticating associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= nonceSizeBytes + tagSizeBytes else { throw .malformed }
        let cipher = try CipherContext()
        try cipher.begin(.open, key: key, nonce: Array(sealed.prefix(nonceSizeBytes)))
        try cipher.authenticate(associatedData)
        let plaintext = try cipher.process(Array(sealed.dropFirst(nonceSizeBytes).dropLast(tagSizeBytes)))
        try cipher.finish(expecting: Array(sealed.suffix(tagSizeBytes)))
        return plaintext
    }

    /// Seals with a nonce that is given. For published vectors alone: a nonce used twice gives the key away.
    static func seal(
        _ plaintext: [UInt8], key: KeyBytes, nonce: [UInt8], authenticating associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let cipher = try CipherContext()
        try cipher.begin(.seal, key: key, nonce: nonce)
        try cipher.authenticate(associatedData)
        let ciphertext = try cipher.process(plaintext)
        return nonce + ciphertext + (try cipher.finish())
    }
}
