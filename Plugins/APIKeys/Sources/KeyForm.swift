import PluginKit

/// How the keys of one tenant are written: `acme_live_<address>_<secret><checksum>`.
///
/// Reading is done for every request of every program, so it works on the bytes where they lie.
struct KeyForm: Sendable {
    /// What keys begin with, up to the address; new ones with the first of these. None is the beginning of another, as
    /// each ends with the second underscore in it.
    private let heads: [[UInt8]]
    private let prefixes: [String]
    private let environment: KeyEnvironment

    /// Digits behind the second underscore of the address: the secret, then the checksum.
    private static let bodyLength = KeySecret.length + KeyChecksum.length
    private static let underscore = UInt8(ascii: "_")

    init(prefix: String, formerPrefixes: [String], environment: KeyEnvironment) {
        prefixes = [prefix] + formerPrefixes.filter { $0 != prefix }
        heads = prefixes.map { Array("\($0)_\(environment.rawValue)_".utf8) }
        self.environment = environment
    }

    /// As scanners for leaked secrets take it, among them RE2, Hyperscan and PCRE.
    var pattern: String {
        let prefix = prefixes.count == 1 ? prefixes[0] : "(?:\(prefixes.joined(separator: "|")))"
        return
            #"\b\#(prefix)_\#(environment.rawValue)_[0-9A-Za-z]{\#(KeyAddress.length)}_[0-9A-Za-z]{\#(Self.bodyLength)}\b"#
    }

    func write(_ address: KeyAddress, secret: [UInt8]) -> SecretText {
        let text = heads[0] + Array(address.description.utf8) + [Self.underscore] + KeySecret.write(secret)
        return SecretText(utf8: SecretBytes(text + KeyChecksum.write(of: text)))
    }

    /// The address in `key`; `nil` for what ``write(_:secret:)`` did not make, now or under a former prefix.
    func read(_ key: SecretText) -> KeyAddress? {
        key.bytes.withExposedBytes { bytes in
            guard let start = addressStart(in: bytes) else { return nil }
            return Self.address(in: bytes, from: start)
        }
    }

    /// Where the address begins in text that has the length of a key and begins like one.
    private func addressStart(in bytes: UnsafeRawBufferPointer) -> Int? {
        let rest = KeyAddress.length + 1 + Self.bodyLength
        return heads.first { $0.count + rest == bytes.count && bytes.starts(with: $0) }?.count
    }

    private static func address(in bytes: UnsafeRawBufferPointer, from start: Int) -> KeyAddress? {
        let addressEnd = start + KeyAddress.length
        let secretEnd = addressEnd + 1 + KeySecret.length
        // What depends on the secret is all looked at, whatever is wrong with it.
        let isSecret = KeySecret.isWritten(in: UnsafeRawBufferPointer(rebasing: bytes[addressEnd + 1..<secretEnd]))
        let isChecked = KeyChecksum.isWritten(
            in: UnsafeRawBufferPointer(rebasing: bytes[secretEnd...]),
            of: UnsafeRawBufferPointer(rebasing: bytes[..<secretEnd]))
        guard bytes[addressEnd] == underscore, isSecret, isChecked else { return nil }
        return KeyAddress(digits: UnsafeRawBufferPointer(rebasing: bytes[start..<addressEnd]))
    }
}
