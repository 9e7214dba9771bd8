import COpenSSL
import PluginKit

/// One code of 128 bits: 26 characters of Crockford's base 32 in lower case, as it is hashed.
struct RecoveryCode: Sendable {
    private let characters: SecretBytes

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let characterCount = 26
    private static let hyphen = UInt8(ascii: "-")
    /// Where a hyphen stands in the written form: `xxxxx-xxxxx-xxxxx-xxxxx-xxxxxx`.
    private static let hyphenPositions = [5, 11, 17, 23]

    /// A new one, from the system's generator.
    static func make() -> RecoveryCode {
        var value = UInt128.random(in: .min ... .max)
        var characters = [UInt8](repeating: 0, count: characterCount)
        for index in characters.indices.reversed() {
            characters[index] = alphabet[Int(value & 31)]
            value >>= 5
        }
        return RecoveryCode(characters: SecretBytes(characters))
    }

    private init(characters: SecretBytes) {
        self.characters = characters
    }

    /// Reads what somebody typed: in either case, with all hyphens in their places or with none. Anything else is no
    /// code; nothing is trimmed, and no character stands for another one.
    init?(typed text: SecretText) {
        let read = text.bytes.withExposedBytes { bytes in
            Self.withoutHyphens(bytes).flatMap(Self.canonical).map { SecretBytes($0) }
        }
        guard let read else { return nil }
        characters = read
    }

    /// As it is shown.
    var written: SecretText {
        var text = characters.withExposedBytes { Array($0) }
        for position in Self.hyphenPositions { text.insert(Self.hyphen, at: position) }
        return SecretText(utf8: SecretBytes(text))
    }

    /// SHA-256 of the characters. A slow hash would add nothing: nobody guesses 128 bits.
    ///
    /// Traps where libcrypto has no SHA-256 at all: no answer could be right then.
    var hash: SecretBytes {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = characters.withExposedBytes {
            EVP_Digest($0.baseAddress, $0.count, &digest, nil, EVP_sha256(), nil)
        }
        precondition(status == 1, "libcrypto refused SHA-256")
        return SecretBytes(digest)
    }

    // MARK: Reading

    private static func withoutHyphens(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        if bytes.count == characterCount { return Array(bytes) }
        guard bytes.count == characterCount + hyphenPositions.count,
            hyphenPositions.allSatisfy({ bytes[$0] == hyphen })
        else { return nil }
        return bytes.indices.filter { !hyphenPositions.contains($0) }.map { bytes[$0] }
    }

    private static func canonical(_ typed: [UInt8]) -> [UInt8]? {
        let lowered = typed.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        // 26 characters hold two bits more than a code has; the first never begins beyond 7.
        guard let first = lowered.first, first <= UInt8(ascii: "7"), lowered.allSatisfy(alphabet.contains) else {
            return nil
        }
        return lowered
    }
}
