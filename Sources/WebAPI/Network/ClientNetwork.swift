package import Kernel

/// Where a request came from, as far as that can be known.
package struct ClientNetwork: Hashable, Sendable {
    /// The client's address; `unknown` where the connection has none, as a Unix socket.
    package let address: String
    /// What attempts are counted by: the IPv4 address itself, or the /64 of an IPv6 address, which one client has whole.
    package let network: String

    package static let unknown = ClientNetwork(address: "unknown", network: "unknown")

    package init(_ address: IPAddress) {
        let prefix = address.isIPv6 ? 64 : 32
        self.init(address: "\(address)", network: "\(address.masked(toBits: prefix))/\(prefix)")
    }

    private init(address: String, network: String) {
        self.address = address
        self.network = network
    }
}
