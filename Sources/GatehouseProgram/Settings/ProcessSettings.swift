import Foundation
import Kernel
import Logging
import PluginKit
import WebAPI

/// What this process was told: flags, then environment, then defaults.
struct ProcessSettings: Sendable {
    let tenants: String
    let data: String
    let database: DatabaseAddresses?
    let secrets: ProcessSecretsLocation
    let listen: ListenAddress
    let operationsListen: ListenAddress
    /// `nil` where it follows from the address that is listened on.
    let publicURL: String?
    /// The file with the configuration of tenants that are made without one.
    let tenantTemplate: String?
    /// The folders within which documents over the API may name files.
    let tenantFiles: [String]
    /// The hosts that they may have the server connect to; `nil` for any.
    let tenantHosts: Set<String>?
    /// The name server that is asked for the proofs of domains; `nil` asks those of the system.
    let dnsServer: DNSServer?
    let trustedProxies: [AddressBlock]
    let tls: TLSFiles?
    /// How many API keys are remembered as good.
    let keyCache: Int
    /// How many keys that are none a stranger's network may present a minute; `nil` for as many as it likes.
    let keyMisses: Int?
    let logLevel: Logger.Level
    let isDevelopment: Bool
    let json: Bool

    struct TLSFiles: Sendable {
        let certificate: String
        let key: String
    }
}

/// The addresses of an outside database, one per role.
struct DatabaseAddresses: Sendable {
    let app: SecretText
    let platform: SecretText?
    let maintenance: SecretText?
    let migrator: SecretText?
    /// The superuser of the private cluster; an outside database's is nobody's business here.
    var administrator: SecretText?
}

/// Where the process's own keys are kept.
enum ProcessSecretsLocation: Sendable, Equatable {
    case folder(String)
    case environment
    /// A vault, by the file that describes it.
    case vault(String)

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count == 2 ? String(parts[1]) : nil) {
        case ("file", let folder?) where !folder.isEmpty: self = .folder(folder)
        case ("env", ""?): self = .environment
        case ("vault", let file?) where !file.isEmpty: self = .vault(file)
        default: return nil
        }
    }
}

/// A host and a port to listen on.
struct ListenAddress: Sendable, Equatable {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, with an IPv6 host in brackets.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }
}

/// Settings that cannot be used, all of them at once.
struct ProcessSettingsError: Error, CustomStringConvertible {
    let problems: [String]

    var description: String { problems.joined(separator: "\n") }
}
