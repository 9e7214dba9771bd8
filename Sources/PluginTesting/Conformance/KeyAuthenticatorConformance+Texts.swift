extension KeyAuthenticatorConformance {
    /// All of ASCII, and beginnings and ends of longer sequences of UTF-8.
    private static let bytes: [UInt8] = Array(0...0x7F) + [0x80, 0xA0, 0xBF, 0xC3, 0xE2, 0xF0, 0xFF]

    /// Texts that differ from `key` in one byte.
    static func exchanges(in key: [UInt8]) -> [[UInt8]] {
        key.indices.flatMap { place in
            bytes.filter { $0 != key[place] }.map { byte in
                var text = key
                text[place] = byte
                return text
            }
        }
    }

    static func deletions(in key: [UInt8]) -> [[UInt8]] {
        key.indices.map { place in Array(key[..<place] + key[(place + 1)...]) }
    }

    static func insertions(in key: [UInt8]) -> [[UInt8]] {
        (0...key.count).flatMap { place in
            bytes.map { byte in Array(key[..<place] + [byte] + key[place...]) }
        }
    }

    /// Neighbours that are alike make no other text and are left out.
    static func swaps(in key: [UInt8]) -> [[UInt8]] {
        key.indices.dropLast().filter { key[$0] != key[$0 + 1] }.map { place in
            var text = key
            text.swapAt(place, place + 1)
            return text
        }
    }

    /// What a lenient reader might take for the key, and what might be too much for it.
    static func texts(around key: String) -> [String] {
        let half = key.utf8.count / 2
        let fullWidth = key.unicodeScalars.compactMap { UnicodeScalar($0.value + 0xFEE0) }
        let spaced = [" \(key)", "\(key) ", "\t\(key)", "\(key)\n", "\(key)\r\n", "\r\n\(key)", "\(key)\u{A0}"]
        let joined = ["\(key)\(key)", "\(key) \(key)", "\(key),\(key)", "\(key)_0", "0_\(key)", "Bearer \(key)"]
        let hidden = [
            "\(key)\u{0}", "\u{0}\(key)", "\(key)\u{0}0", "\(key.prefix(half))\u{0}\(key.dropFirst(half))",
            "\(key)\u{301}", "\(key.prefix(half))\u{301}\(key.dropFirst(half))", "\u{FEFF}\(key)", "\(key)\u{200B}",
            String(String.UnicodeScalarView(fullWidth)),
        ]
        let parts = key.split(separator: "_", omittingEmptySubsequences: false)
        let partial = parts.indices.map { index in
            parts.enumerated().map { $0 == index ? "" : String($1) }.joined(separator: "_")
        }
        let zeros = String(decoding: [UInt8](repeating: UInt8(ascii: "0"), count: 1 << 20), as: UTF8.self)
        let huge = [zeros, "\(key)\(zeros)", "\(zeros)\(key)", key + String(repeating: " ", count: 512)]
        return ["", " ", "_", "___", key.uppercased(), key.lowercased(), String(key.prefix(half))] + spaced + joined
            + hidden + partial + huge
    }

    /// Where keys leak to.
    static func sentences(with key: String) -> [String] {
        [
            key, "\(key)\n", "The key is \(key), and it was mailed.", "API_KEY=\(key)\r\nNEXT=1",
            "Authorization: Bearer \(key)", "{\"key\":\"\(key)\"}", "https://api.example/v1/orders?key=\(key)&page=2",
            "(\(key))", "<\(key)>", "'\(key)'", "clé·\(key)·ключ",
        ]
    }
}
