import Foundation
import Glibc

/// The address that clients use. Where none is configured, a server leaves the one it serves at under `--data`, so that
/// commands write the same links as the server.
struct PublicAddress {
    /// `http://127.0.0.1:8080`, without a slash at its end.
    let text: String

    /// What a command uses.
    init(_ settings: ProcessSettings) {
        let left = try? String(contentsOfFile: Self.file(settings), encoding: .utf8)
        text =
            settings.publicURL ?? left?.trimmingCharacters(in: .whitespacesAndNewlines)
            ?? Self.url(settings, settings.listen)
    }

    /// What a server uses that will listen at `address`.
    init(_ settings: ProcessSettings, listeningAt address: ListenAddress) {
        text = settings.publicURL ?? Self.url(settings, address)
    }

    /// Leaves the address for commands; without it they would only guess, so a failure is no reason not to serve.
    func leave(for settings: ProcessSettings) {
        try? FileManager.default.removeItem(atPath: Self.file(settings))
        try? PrivateFiles.write(text + "\n", to: Self.file(settings))
    }

    private static func file(_ settings: ProcessSettings) -> String { settings.data + "/public-url" }

    private static func url(_ settings: ProcessSettings, _ address: ListenAddress) -> String {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        return "\(settings.tls == nil ? "http" : "https")://\(host):\(address.port)"
    }
}

extension ListenAddress {
    /// This address with a port that is free now, where it asks for any: issuers hold the port, so it must be known
    /// before the server listens.
    func resolved() throws -> ListenAddress {
        guard port == 0 else { return self }
        let isIPv6 = host.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        return ListenAddress(host: host, port: try isIPv6 ? Self.bind6(descriptor) : Self.bind4(descriptor))
    }

    private static func bind4(_ descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        try bind(descriptor, &address)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func bind6(_ descriptor: Int32) throws -> Int {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        try bind(descriptor, &address)
        return Int(UInt16(bigEndian: address.sin6_port))
    }

    /// Binds to any port of all addresses and reads back which one it is.
    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) throws {
        var size = socklen_t(MemoryLayout<Address>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard status else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
    }
}
