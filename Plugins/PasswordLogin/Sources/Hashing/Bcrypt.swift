import CCrypt
import PluginKit

/// bcrypt by libxcrypt; hashes are written as `$2b$`, and `$2a$` and `$2y$` are read as well.
enum Bcrypt {
    /// bcrypt reads no further; whoever hashes refuses longer input before.
    static let maximumInputBytes = 72

    private static let encodedSizeBytes = 60
    private static let settingSizeBytes = 29

    static func hash(_ input: SecretBytes, cost: Int) throws(HashingError) -> String {
        try crypt(input, setting: try setting(cost: cost))
    }

    /// Compares in constant time.
    static func verify(_ input: SecretBytes, against encoded: String) throws(HashingError) -> Bool {
        let computed = try crypt(input, setting: encoded)
        return SecretBytes(computed.utf8).matches(SecretBytes(encoded.utf8))
    }

    static func decoy(cost: Int) throws(HashingError) -> String {
        let alphabet = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let hash = randomBytes(encodedSizeBytes - settingSizeBytes).map { alphabet[Int($0 & 63)] }
        return try setting(cost: cost) + String(decoding: hash, as: UTF8.self)
    }

    /// Reads the cost off `$2b$12$…`; `nil` for anything else, and for a cost beyond the largest that can be configured.
    static func cost(of encoded: String) -> Int? {
        let bytes = Array(encoded.utf8)
        guard bytes.count == encodedSizeBytes, bytes[6] == UInt8(ascii: "$"),
            ["$2a$", "$2b$", "$2y$"].contains(where: { bytes.starts(with: $0.utf8) }),
            let cost = Int(String(decoding: bytes[4..<6], as: UTF8.self)), (4...15).contains(cost)
        else { return nil }
        return cost
    }

    private static func setting(cost: Int) throws(HashingError) -> String {
        let salt = randomBytes(16).map(CChar.init(bitPattern:))
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let made = crypt_gensalt_rn("$2b$", UInt(cost), salt, Int32(salt.count), &setting, Int32(setting.count))
        guard made != nil else { throw HashingError(description: "bcrypt: no salt could be made") }
        return string(setting)
    }

    private static func crypt(_ input: SecretBytes, setting: String) throws(HashingError) -> String {
        precondition(input.count <= maximumInputBytes, "bcrypt would not read all of it")
        let state = UnsafeMutableRawBufferPointer.allocate(byteCount: MemoryLayout<crypt_data>.size, alignment: 16)
        state.initializeMemory(as: UInt8.self, repeating: 0)
        defer { state.deallocate() }
        let phrase = SecretBytes(input.withExposedBytes { Array($0) } + [0])
        let output = phrase.withExposedBytes { phrase in
            crypt_rn(phrase.bindMemory(to: CChar.self).baseAddress, setting, state.baseAddress, Int32(state.count))
        }
        guard let output else { throw HashingError(description: "bcrypt: crypt_rn refused") }
        return String(cString: output)
    }

    private static func string(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
