package import NIOCore

/// An IPv4 or IPv6 address in network order.
///
/// An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: one client has one address.
package struct IPAddress: Hashable, Sendable {
    /// Four bytes, or sixteen.
    package let bytes: [UInt8]

    /// Reads the usual written forms; `nil` for host names, zones and anything else.
    package init?(_ text: String) {
        // The library reads a zone and drops it: `fe80::1%eth0`.
        guard !text.utf8.contains(UInt8(ascii: "%")), let address = try? SocketAddress(ipAddress: text, port: 0) else {
            return nil
        }
        self.init(address)
    }

    /// The address of a socket; `nil` where it is no Internet socket.
    package init?(_ address: SocketAddress) {
        // `sockaddr_in` has its address behind family and port, `sockaddr_in6` also behind the flow information.
        switch address {
        case .v4(let v4): self.init(bytes: withUnsafeBytes(of: v4.address) { Array($0[4..<8]) })
        case .v6(let v6): self.init(bytes: withUnsafeBytes(of: v6.address) { Array($0[8..<24]) })
        case .unixDomainSocket: return nil
        }
    }

    init(bytes: [UInt8]) {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.bytes = bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// The address with all but its first `length` bits cleared.
    func masked(toBits length: Int) -> IPAddress {
        IPAddress(
            bytes: bytes.enumerated().map { index, byte in
                let kept = min(max(length - index * 8, 0), 8)
                return byte & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
            })
    }
}

extension IPAddress: CustomStringConvertible {
    /// The one canonical form: dotted decimal, or RFC 5952 for IPv6.
    package var description: String {
        let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0)
        return address?.ipAddress ?? ""
    }
}
