/// A range of addresses, written `10.0.0.0/8` or as one address.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let base: IPAddress
    private let prefixBits: Int

    /// `nil` where the text is no such range, or where bits behind the prefix are set: `10.0.0.1/8` is a typing error.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = IPAddress(String(decoding: parts[0], as: UTF8.self)) else { return nil }
        let all = base.bytes.count * 8
        // A range of mapped addresses is one of IPv4 addresses, 96 bits shorter.
        let mappedBits = !base.isIPv6 && parts[0].contains(UInt8(ascii: ":")) ? 96 : 0
        guard let bits = parts.count == 2 ? Self.length(parts[1]).map({ $0 - mappedBits }) : all,
            (0...all).contains(bits), base.masked(toBits: bits) == base
        else { return nil }
        self.base = base
        prefixBits = bits
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv6 == base.isIPv6 && address.masked(toBits: prefixBits) == base
    }

    package var description: String { "\(base)/\(prefixBits)" }

    private static func length(_ digits: Substring.UTF8View) -> Int? {
        guard (1...3).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return nil
        }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

extension AddressBlock {
    /// What is wrong with `text` as a range of addresses; `nil` where nothing is.
    package static func problem(with text: String) -> String? {
        AddressBlock(text) == nil
            ? "must be an address or a range such as 10.0.0.0/8, with no bits behind the prefix" : nil
    }
}
