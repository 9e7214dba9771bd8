/// Where a Vault server listens: a scheme, a host and a port, and nothing else.
struct VaultAddress: Sendable, Equatable {
    let isEncrypted: Bool
    /// A name, an IPv4 address, or an IPv6 address without its brackets.
    let host: String
    let port: Int

    /// The address as a URL, without a slash at the end. Safe to log: it cannot hold a user or a password.
    var text: String { "\(isEncrypted ? "https" : "http")://\(Self.bracketed(host)):\(port)" }

    /// The same server, called by another name.
    func named(_ name: String) -> VaultAddress {
        VaultAddress(isEncrypted: isEncrypted, host: name, port: port)
    }

    /// Reads `https://host:port`; the port may be left out, as in any URL.
    init(reading text: String) throws(Problem) {
        let (isEncrypted, rest) = try Self.scheme(of: text)
        let (host, port) = try Self.hostAndPort(of: rest)
        guard isEncrypted || Self.localHosts.contains(host) else { throw .unprotected }
        self.init(isEncrypted: isEncrypted, host: host, port: port ?? (isEncrypted ? 443 : 80))
    }

    private init(isEncrypted: Bool, host: String, port: Int) {
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
    }

    /// What is wrong with an address. It is not repeated: somebody may have written a password into it.
    enum Problem: Error, CustomStringConvertible {
        case malformed
        case unprotected

        var description: String {
            switch self {
            case .malformed: "must be a scheme, a host and a port, without a path, a user or a query"
            case .unprotected: "must begin with https://, since every request carries a token"
            }
        }
    }

    private static let localHosts = ["127.0.0.1", "::1", "localhost"]

    private static func scheme(of text: String) throws(Problem) -> (isEncrypted: Bool, rest: Substring.UTF8View) {
        for (scheme, isEncrypted) in [("https://", true), ("http://", false)] where text.utf8.starts(with: scheme.utf8)
        {
            return (isEncrypted, Substring(text).utf8.dropFirst(scheme.utf8.count))
        }
        throw .malformed
    }

    private static func hostAndPort(of rest: Substring.UTF8View) throws(Problem) -> (host: String, port: Int?) {
        var rest = rest
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        guard rest.first == UInt8(ascii: "[") else {
            let parts = rest.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            return (try checked(parts[0], isHostByte), try parts.count == 2 ? port(parts[1]) : nil)
        }
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { throw .malformed }
        let host = try checked(rest[rest.index(after: rest.startIndex)..<end], isIPv6Byte)
        let tail = rest[rest.index(after: end)...]
        guard let colon = tail.first else { return (host, nil) }
        guard colon == UInt8(ascii: ":") else { throw .malformed }
        return (host, try port(tail.dropFirst()))
    }

    private static func checked(
        _ host: Substring.UTF8View, _ isAllowed: (UInt8) -> Bool
    ) throws(Problem) -> String {
        guard (1...253).contains(host.count), host.allSatisfy(isAllowed) else { throw .malformed }
        return String(decoding: host, as: UTF8.self)
    }

    private static func port(_ digits: Substring.UTF8View) throws(Problem) -> Int {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number)
        else { throw .malformed }
        return number
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        VaultPath.isNameByte(byte) && byte != UInt8(ascii: "_")
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func bracketed(_ host: String) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }
}
