import COpenSSL
import Foundation
import PluginKit

/// A secret that goes into every hash and is kept apart from the database: without it, stolen hashes cannot be guessed at.
struct Pepper: Sendable {
    /// The fewest bytes that a pepper may have.
    static let minimumSizeBytes = 16

    /// The name that an operator gave it, if any.
    let label: String?
    let key: SecretBytes

    /// What a hash calls it: the label, and a fingerprint of the value, so that a value that was exchanged under the
    /// same label is not taken for the one that went into older hashes.
    var id: String { [label, fingerprint].compactMap(\.self).joined(separator: ".") }

    /// Eight bytes of a MAC of a constant under it, which tell nothing about it.
    private var fingerprint: String {
        let message = Array("gatehouse-pepper-id".utf8)
        var code = [UInt8](repeating: 0, count: 32)
        _ = key.withExposedBytes { key in
            HMAC(EVP_sha256(), key.baseAddress, Int32(key.count), message, message.count, &code, nil)
        }
        return code.prefix(8).map { byte in
            String(UInt8(byte >> 4), radix: 16) + String(UInt8(byte & 15), radix: 16)
        }.joined()
    }

    /// Whether a hash that names `id` was made with this pepper; hashes from before fingerprints name the label alone.
    func isNamed(_ id: String) -> Bool {
        id == label || id.utf8.elementsEqual(self.id.utf8) || id.utf8.suffix(16).elementsEqual(fingerprint.utf8)
    }

    /// What is hashed in the place of the password: base 64 of HMAC-SHA-384 over the person's identifier (16 bytes)
    /// and the password. It has 64 bytes, so bcrypt reads all of it, and another person's hash does not fit.
    func apply(to password: NormalizedPassword, of user: UserID) throws(HashingError) -> SecretBytes {
        let message = SecretBytes(user.rawValue.byteArray + password.text.bytes.withExposedBytes { Array($0) })
        var code = [UInt8](repeating: 0, count: 48)
        let result = message.withExposedBytes { message in
            key.withExposedBytes { key in
                HMAC(EVP_sha384(), key.baseAddress, Int32(key.count), message.baseAddress, message.count, &code, nil)
            }
        }
        guard result != nil else { throw HashingError(description: "libcrypto refused HMAC-SHA-384") }
        return SecretBytes(Data(code).base64EncodedData())
    }
}

/// The peppers that are configured: the current one goes into new hashes, the previous one opens old ones.
struct PepperRing: Sendable {
    let current: Pepper?
    let previous: Pepper?

    /// The pepper called `id`.
    ///
    /// - Throws: ``StoredPasswordError/unknownPepper(id:)``.
    func pepper(_ id: String) throws(StoredPasswordError) -> Pepper {
        if let current, current.isNamed(id) { return current }
        if let previous, previous.isNamed(id) { return previous }
        throw .unknownPepper(id: id)
    }
}

/// Fetches the peppers from where they are kept.
struct PepperSource: Sendable {
    private let settings: PepperSettings?
    private let secrets: any TenantSecrets

    init(_ settings: PepperSettings?, secrets: any TenantSecrets) {
        self.settings = settings
        self.secrets = secrets
    }

    /// The peppers as they are now; secret backends cache, so asking at every sign-in is cheap.
    ///
    /// - Throws: `SecretBackendError` where a configured pepper cannot be had or is too short.
    func ring() async throws -> PepperRing {
        guard let settings else { return PepperRing(current: nil, previous: nil) }
        let current = try pepper(settings.current, try await secrets.resolve(settings.current.secret).value)
        // The previous pepper is there while hashes carry it; before and after that it is not.
        guard let before = settings.previous, let kept = try await secrets.find(before.secret) else {
            return PepperRing(current: current, previous: nil)
        }
        return PepperRing(current: current, previous: try pepper(before, kept.value))
    }

    private func pepper(_ settings: PepperKeySettings, _ key: SecretBytes) throws -> Pepper {
        guard key.count >= Pepper.minimumSizeBytes else {
            throw SecretBackendError(
                "the pepper at \(settings.secret) has \(key.count) bytes, fewer than \(Pepper.minimumSizeBytes); "
                    + "make one with `openssl rand -base64 32`")
        }
        return Pepper(label: settings.id, key: key)
    }
}
