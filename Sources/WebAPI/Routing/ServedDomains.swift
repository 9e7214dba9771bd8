package import Kernel

/// Whose domain a request was sent to.
package struct ServedDomains: Sendable {
    private let registry: TenantRegistry
    private let ownHost: [UInt8]

    /// - Parameter publicURL: the server's own address, whose host is no tenant's.
    package init(_ registry: TenantRegistry, publicURL: String) {
        self.registry = registry
        let authority = publicURL.split(separator: "/").dropFirst().first
        ownHost = authority.map { Self.host(of: String($0)) } ?? []
    }

    /// The tenant whose domain `authority` names; `nil` for the server's own host, an address, and a domain of nobody.
    /// A domain of nobody is remembered as that, so strangers who make hosts up ask the database once for each.
    func tenant(at authority: String) async throws -> Tenant? {
        let host = Self.host(of: authority)
        guard host != ownHost, let domain = DomainName(String(decoding: host, as: UTF8.self)) else { return nil }
        return try await registry.tenant(.domain(domain))
    }

    /// The host of an authority (RFC 9110, 7.2) in lower case, without its port. What follows may be no domain at all.
    private static func host(of authority: String) -> [UInt8] {
        let bytes = Array(authority.utf8)
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        // One colon at most, and a number behind it: anything else is no name with a port.
        guard parts.count == 1 || (parts.count == 2 && isPort(parts[1])) else { return bytes }
        return parts[0].map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...5).contains(bytes.count) && bytes.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }
}
