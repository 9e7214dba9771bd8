import CArgon2
import Foundation
import PluginKit

/// argon2id, version 1.3 (RFC 9106), by libargon2; hashes are PHC strings.
enum Argon2id {
    struct Parameters: Sendable, Equatable {
        let memoryKiB: Int
        let iterations: Int
        let parallelism: Int

        func isWeaker(than other: Parameters) -> Bool {
            memoryKiB < other.memoryKiB || iterations < other.iterations || parallelism < other.parallelism
        }
    }

    private static let saltSizeBytes = 16
    private static let hashSizeBytes = 32

    static func hash(_ input: SecretBytes, parameters: Parameters) throws(HashingError) -> String {
        let salt = randomBytes(saltSizeBytes)
        // The buffer holds any encoding of these sizes; libargon2 refuses to write past it.
        var encoded = [CChar](repeating: 0, count: 256)
        let status = input.withExposedBytes {
            argon2id_hash_encoded(
                UInt32(parameters.iterations), UInt32(parameters.memoryKiB), UInt32(parameters.parallelism),
                $0.baseAddress, $0.count, salt, salt.count, hashSizeBytes, &encoded, encoded.count)
        }
        guard status == ARGON2_OK.rawValue else { throw HashingError(description: "argon2id: code \(status)") }
        return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// libargon2 compares in constant time.
    static func verify(_ input: SecretBytes, against encoded: String) throws(HashingError) -> Bool {
        let status = input.withExposedBytes { argon2id_verify(encoded, $0.baseAddress, $0.count) }
        switch status {
        case ARGON2_OK.rawValue: return true
        case ARGON2_VERIFY_MISMATCH.rawValue: return false
        default: throw HashingError(description: "argon2id: code \(status)")
        }
    }

    static func decoy(parameters: Parameters) -> String {
        let salt = unpaddedBase64(randomBytes(saltSizeBytes))
        let hash = unpaddedBase64(randomBytes(hashSizeBytes))
        let (memory, passes, lanes) = (parameters.memoryKiB, parameters.iterations, parameters.parallelism)
        return "$argon2id$v=19$m=\(memory),t=\(passes),p=\(lanes)$\(salt)$\(hash)"
    }

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; `nil` for anything else, and for a cost beyond the largest that can be
    /// configured, which would let a stored value exhaust the memory.
    static func parameters(of encoded: String) -> Parameters? {
        let parts = encoded.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 6, encoded.utf8.starts(with: "$argon2id$v=19$".utf8) else { return nil }
        let costs = parts[3].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard costs.count == 3, let memory = number(costs[0], after: "m="), let passes = number(costs[1], after: "t="),
            let lanes = number(costs[2], after: "p=")
        else { return nil }
        guard (8...1_048_576).contains(memory), (1...10).contains(passes), (1...4).contains(lanes) else { return nil }
        return Parameters(memoryKiB: memory, iterations: passes, parallelism: lanes)
    }

    private static func number(_ text: Substring.UTF8View, after name: String) -> Int? {
        guard text.starts(with: name.utf8) else { return nil }
        return Int(String(decoding: text.dropFirst(name.utf8.count), as: UTF8.self))
    }

    private static func unpaddedBase64(_ bytes: [UInt8]) -> String {
        String(decoding: Data(bytes).base64EncodedString().utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }
}

/// Bytes from the system's generator, which is fit for keys and salts.
func randomBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max) }
}
