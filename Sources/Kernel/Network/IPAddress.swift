#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#else
    private import Darwin
#endif

/// An IPv4 or IPv6 address in network order.
///
/// An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: one client has one address.
package struct IPAddress: Hashable, Sendable {
    /// Four bytes, or sixteen.
    package let bytes: [UInt8]

    /// Reads the usual written forms; `nil` for host names, zones and anything else.
    package init?(_ text: String) {
        guard let bytes = Self.read(text, AF_INET, count: 4) ?? Self.read(text, AF_INET6, count: 16) else { return nil }
        self.init(bytes: bytes)
    }

    /// - Precondition: there are four bytes, or sixteen.
    package init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16)
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.bytes = bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// The address with all but its first `length` bits cleared.
    package func masked(toBits length: Int) -> IPAddress {
        IPAddress(
            bytes: bytes.enumerated().map { index, byte in
                let kept = min(max(length - index * 8, 0), 8)
                return byte & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
            })
    }

    // The C function stops at the first NUL, which no address holds.
    private static func read(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// The one canonical form: dotted decimal, or RFC 5952 for IPv6.
    package var description: String {
        var text = [CChar](repeating: 0, count: 46)
        let family = isIPv6 ? AF_INET6 : AF_INET
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
