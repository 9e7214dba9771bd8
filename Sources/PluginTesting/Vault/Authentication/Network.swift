/// A range of IPv4 addresses, written as `10.0.0.0/8` or as one address.
struct Network {
    let text: String
    private let base: UInt32
    private let mask: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let base = Self.number(String(first)) else { return nil }
        guard let length = parts.count == 2 ? Int(parts[1]) : 32, (0...32).contains(length) else { return nil }
        self.text = text
        self.base = base
        mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
    }

    func contains(_ address: String) -> Bool {
        Self.number(address).map { $0 & mask == base & mask } ?? false
    }

    private static func number(_ address: String) -> UInt32? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?.some(0)) { sum, part in
            guard let sum, let part else { return nil }
            return sum << 8 | UInt32(part)
        }
    }
}

extension [Network] {
    /// Whether the address may come in; an empty list lets in all.
    func admit(_ address: String) -> Bool {
        isEmpty || contains { $0.contains(address) }
    }
}
