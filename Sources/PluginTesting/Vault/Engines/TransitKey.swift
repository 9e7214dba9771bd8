import Crypto
import Foundation

/// A named key of the transit engine: versions of AES-256-GCM, each with a key of its own for HMAC.
struct TransitKey {
    private struct Version {
        let cipher = SymmetricKey(size: .bits256)
        let hmac = SymmetricKey(size: .bits256)
        let created: Date
    }

    static let kind = "aes256-gcm96"

    let name: String
    private(set) var isDeletionAllowed = false
    private let isDerived: Bool
    private var versions: [Version]
    private var minDecryption = 1
    private var minEncryption = 0

    init(name: String, isDerived: Bool, at now: Date) {
        self.name = name
        self.isDerived = isDerived
        versions = [Version(created: now)]
    }

    var latest: Int { versions.count }

    mutating func rotate(at now: Date) {
        versions.append(Version(created: now))
    }

    mutating func configure(_ request: VaultRequest) throws(VaultRefusal) {
        let decryption = request.integer("min_decryption_version") ?? minDecryption
        let encryption = request.integer("min_encryption_version") ?? minEncryption
        guard decryption <= latest else {
            throw .invalid("cannot set min decryption version of \(decryption), latest key version is \(latest)")
        }
        guard encryption <= latest else {
            throw .invalid("cannot set min encryption version of \(encryption), latest key version is \(latest)")
        }
        (minDecryption, minEncryption) = (max(1, decryption), encryption)
        isDeletionAllowed = request.bool("deletion_allowed") ?? isDeletionAllowed
    }

    var json: JSONValue {
        let kept = (minDecryption...latest).map { ("\($0)", GoText.unixTime(versions[$0 - 1].created)) }
        return [
            "allow_plaintext_backup": false, "auto_rotate_period": 0, "deletion_allowed": .bool(isDeletionAllowed),
            "derived": .bool(isDerived), "exportable": false, "imported_key": false,
            "keys": .object(Dictionary(uniqueKeysWithValues: kept)), "latest_version": .integer(latest),
            "min_available_version": 0, "min_decryption_version": .integer(minDecryption),
            "min_encryption_version": .integer(minEncryption), "name": .string(name), "supports_decryption": true,
            "supports_derivation": true, "supports_encryption": true, "supports_signing": false,
            "type": .string(Self.kind),
        ]
    }
}

// Encryption.
extension TransitKey {
    /// - Parameter asked: the version to use; `nil` or 0: the latest.
    func encrypt(
        _ plaintext: [UInt8], version asked: Int?, associatedData: [UInt8], context: [UInt8]?
    ) throws(VaultRefusal) -> (text: String, version: Int) {
        let number = try encryptionVersion(asked)
        let key = try cipherKey(number, context: context)
        guard let box = try? AES.GCM.seal(plaintext, using: key, authenticating: associatedData),
            let bytes = box.combined
        else {
            throw VaultRefusal(status: 500, errors: ["encryption failed"])
        }
        return (Self.text(Array(bytes), version: number), number)
    }

    func decrypt(_ text: String, associatedData: [UInt8], context: [UInt8]?) throws(VaultRefusal) -> [UInt8] {
        let (number, bytes) = try Self.parts(of: text)
        guard number <= latest else { throw .invalid("invalid ciphertext: version is too new") }
        guard number >= minDecryption else {
            throw .invalid("ciphertext or signature version is disallowed by policy (too old)")
        }
        let key = try cipherKey(number, context: context)
        guard bytes.count >= 12, let box = try? AES.GCM.SealedBox(combined: bytes) else {
            throw .invalid("invalid ciphertext length")
        }
        guard let plaintext = try? AES.GCM.open(box, using: key, authenticating: associatedData) else {
            throw .invalid("cipher: message authentication failed")
        }
        return Array(plaintext)
    }

    private func encryptionVersion(_ asked: Int?) throws(VaultRefusal) -> Int {
        guard let asked, asked != 0 else { return latest }
        guard asked > 0 else { throw .invalid("requested version for encryption is negative") }
        guard asked <= latest else {
            throw .invalid("requested version for encryption is higher than the latest key version")
        }
        guard asked >= minEncryption else {
            throw .invalid("requested version for encryption is less than the minimum encryption key version")
        }
        return asked
    }

    private func cipherKey(_ number: Int, context: [UInt8]?) throws(VaultRefusal) -> SymmetricKey {
        let key = versions[number - 1].cipher
        guard isDerived else { return key }
        guard let context, !context.isEmpty else {
            throw .invalid(
                "missing 'context' for key derivation; the key was created using a derived key, which means "
                    + "additional, per-request information must be included in order to perform operations with the key"
            )
        }
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: context, outputByteCount: 32)
    }

    private static func text(_ bytes: [UInt8], version: Int) -> String {
        "vault:v\(version):\(GoBase64.encode(bytes))"
    }

    private static func parts(of text: String) throws(VaultRefusal) -> (Int, [UInt8]) {
        guard text.hasPrefix("vault:v") else { throw .invalid("invalid ciphertext: no prefix") }
        let fields = text.dropFirst("vault:v".utf8.count).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard fields.count == 2 else { throw .invalid("invalid ciphertext: wrong number of fields") }
        guard let number = Int(fields[0]) else {
            throw .invalid("invalid ciphertext: version number could not be decoded")
        }
        guard let bytes = try? GoBase64.decode(String(fields[1])) else {
            throw .invalid("invalid ciphertext: could not decode base64")
        }
        // Before there were versions in it, a ciphertext of the first version said 0.
        return (max(1, number), bytes)
    }
}

// HMAC.
extension TransitKey {
    func hmac(_ input: [UInt8], algorithm: String, version asked: Int?) throws(VaultRefusal) -> String {
        let number = try encryptionVersion(asked)
        return Self.text(try code(of: input, algorithm, number), version: number)
    }

    func isValid(hmac text: String, for input: [UInt8], algorithm: String) throws(VaultRefusal) -> Bool {
        guard let (number, bytes) = try? Self.parts(of: text), number <= latest else {
            throw .invalid("invalid HMAC to verify: no prefix")
        }
        guard number >= minDecryption else {
            throw .invalid("cannot verify HMAC: version is disallowed by policy")
        }
        return try code(of: input, algorithm, number) == bytes
    }

    private func code(of input: [UInt8], _ algorithm: String, _ number: Int) throws(VaultRefusal) -> [UInt8] {
        let key = versions[number - 1].hmac
        switch algorithm {
        case "sha2-256": return Array(HMAC<SHA256>.authenticationCode(for: input, using: key))
        case "sha2-384": return Array(HMAC<SHA384>.authenticationCode(for: input, using: key))
        case "sha2-512": return Array(HMAC<SHA512>.authenticationCode(for: input, using: key))
        default: throw .invalid("unsupported algorithm \"\(algorithm)\"")
        }
    }
}
