import COpenSSL
import Foundation
import PluginKit

/// A secret that goes into every hash and is kept apart from the database: without it, stolen hashes cannot be guessed at.
struct Pepper: Sendable {
    /// The fewest bytes that a pepper may have.
    static let minimumSizeBytes = 16

    let id: String
    let key: SecretBytes

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
        if let current, current.id == id { return current }
        if let previous, previous.id == id { return previous }
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
        PepperRing(current: try await pepper(settings?.current), previous: try await pepper(settings?.previous))
    }

    private func pepper(_ settings: PepperKeySettings?) async throws -> Pepper? {
        guard let settings else { return nil }
        let key = try await secrets.resolve(settings.secret).value
        guard key.count >= Pepper.minimumSizeBytes else {
            throw SecretBackendError(
                "the pepper \(settings.id) at \(settings.secret) has \(key.count) bytes, fewer than \(Pepper.minimumSizeBytes); "
                    + "make one with `openssl rand -base64 32` and give it a new id")
        }
        return Pepper(id: settings.id, key: key)
    }
}
