package import HTTPTypes
package import Kernel

/// The proxies whose word is taken for where a request came from.
///
/// Every hop appends the address it saw to `X-Forwarded-For`, so only the right end of it can be believed, and only as
/// far as trusted proxies wrote it: the client is the right-most address that is not one of them.
package struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]

    package init(_ blocks: [AddressBlock] = []) {
        self.blocks = blocks
    }

    /// - Parameter peer: the other end of the connection; `nil` where it has no address.
    package func client(peer: IPAddress?, headers: HTTPFields) -> ClientNetwork {
        guard let peer else { return .unknown }
        guard isTrusted(peer) else { return ClientNetwork(peer) }
        var client = peer
        for hop in Self.hops(headers).reversed() {
            // A hop that cannot be read ends what is known; the proxy that wrote it stands for the client.
            guard let address = hop else { break }
            client = address
            guard isTrusted(address) else { break }
        }
        return ClientNetwork(client)
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        blocks.contains { $0.contains(address) }
    }

    private static func hops(_ headers: HTTPFields) -> [IPAddress?] {
        headers[values: .forwardedFor].flatMap { line in
            line.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(address)
        }
    }

    /// Reads one hop: an address, or one with a port as some proxies write it (`192.0.2.1:443`, `[2001:db8::1]:443`).
    private static func address(_ hop: Substring.UTF8View) -> IPAddress? {
        let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let bare = hop.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
        let text = String(decoding: bare, as: UTF8.self)
        if let address = IPAddress(text) { return address }
        if text.utf8.first == UInt8(ascii: "[") {
            return IPAddress(String(decoding: text.utf8.dropFirst().prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self))
        }
        return IPAddress(String(decoding: text.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self))
    }
}
