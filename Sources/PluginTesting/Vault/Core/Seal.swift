/// The seal: whether the server knows its master key, and which keys would tell it.
struct Seal {
    var isInitialised = true
    private(set) var isSealed = false
    private var keys: [String]
    private var threshold = 1
    private var given: Set<String> = []
    private var nonce = ""

    init(key: String) {
        keys = [key]
    }

    mutating func close() {
        isSealed = true
        forgetProgress()
    }

    mutating func open() {
        isSealed = false
        forgetProgress()
    }

    /// Makes new keys; the server is sealed afterwards.
    mutating func initialise(shares: Int, threshold: Int) -> [[UInt8]] {
        let made = (0..<shares).map { _ in RandomText.bytes(33) }
        keys = made.map { GoBase64.encode($0) }
        self.threshold = threshold
        isInitialised = true
        close()
        return made
    }

    /// Takes one key, in base64 or hexadecimal.
    mutating func take(_ text: String) throws(VaultRefusal) {
        guard isSealed else { return }
        guard let bytes = Self.bytes(text) else { throw .invalid("'key' must be a valid hex or base64 string") }
        given.insert(GoBase64.encode(bytes))
        if nonce.isEmpty { nonce = RandomText.identifier() }
        guard given.count >= threshold else { return }
        let areRight = given.isSubset(of: keys)
        forgetProgress()
        guard areRight else {
            throw .invalid(
                "unable to retrieve stored keys: invalid key: failed to decrypt keys from storage: "
                    + "cipher: message authentication failed")
        }
        isSealed = false
    }

    mutating func forgetProgress() {
        given = []
        nonce = ""
    }

    /// The part of the status that is about keys.
    var json: [String: JSONValue] {
        [
            "type": "shamir", "initialized": .bool(isInitialised), "sealed": .bool(isSealed || !isInitialised),
            "t": .integer(isInitialised ? threshold : 0), "n": .integer(isInitialised ? keys.count : 0),
            "progress": .integer(given.count), "nonce": .string(nonce),
        ]
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        if !digits.isEmpty, digits.count % 2 == 0, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit })
        {
            return stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
            }
        }
        return try? GoBase64.decode(text)
    }
}
