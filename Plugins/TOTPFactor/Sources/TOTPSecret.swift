import PluginKit

/// What a person's app and this plugin both know, and how they make codes of it.
struct TOTPSecret: Sendable {
    let factor: FactorID
    let seed: SecretBytes
    let algorithm: TOTPAlgorithm
    let digits: Int

    /// A new one, with a seed as long as the algorithm's hash (RFC 6238, 5.1; RFC 4226, R6).
    static func make(for factor: FactorID, algorithm: TOTPAlgorithm, digits: Int) -> TOTPSecret {
        let seed = SecretBytes(randomBytes(algorithm.hashSizeBytes))
        return TOTPSecret(factor: factor, seed: seed, algorithm: algorithm, digits: digits)
    }
}

/// The hash inside of HMAC. The names are those of settings and of the database.
enum TOTPAlgorithm: String, CaseIterable, Sendable {
    case sha1
    case sha256
    case sha512

    var hashSizeBytes: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// As `otpauth` addresses call it.
    var nameInURI: String {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        }
    }
}

/// Bytes from the system's generator, which is fit for keys.
private func randomBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max) }
}
