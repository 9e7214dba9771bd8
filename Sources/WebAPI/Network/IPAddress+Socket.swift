package import Kernel
package import NIOCore

extension IPAddress {
    /// The address of a socket; `nil` where it is no Internet socket.
    package init?(_ address: SocketAddress) {
        // `sockaddr_in` has its address behind family and port, `sockaddr_in6` also behind the flow information.
        switch address {
        case .v4(let v4): self.init(bytes: withUnsafeBytes(of: v4.address) { Array($0[4..<8]) })
        case .v6(let v6): self.init(bytes: withUnsafeBytes(of: v6.address) { Array($0[8..<24]) })
        case .unixDomainSocket: return nil
        }
    }
}
