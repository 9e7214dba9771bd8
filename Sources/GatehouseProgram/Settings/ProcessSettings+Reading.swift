import Configuration
import Foundation
import Kernel
import Logging
import PluginKit
import WebAPI

extension ProcessSettings {
    /// Gathers the settings.
    ///
    /// - Throws: ``ProcessSettingsError`` with every problem at once.
    init(_ options: ProcessOptions, serve: ServeOptions? = nil, environment: [String: String]) throws {
        var source = SettingsSource(options, serve: serve, environment: environment)
        tenants = source.text("tenants") ?? "tenants"
        data = source.text("data") ?? ".gatehouse"
        database = source.database()
        secrets =
            source.parsed("secrets", as: "file:FOLDER, env: or vault:FILE", ProcessSecretsLocation.init)
            ?? .folder("\(data)/keys")
        listen = source.parsed("listen", as: "host:port", ListenAddress.init) ?? .standard
        operationsListen = source.parsed("operations-listen", as: "host:port", ListenAddress.init) ?? .operations
        publicURL = source.parsed("public-url", as: "http(s)://host[:port] without a path", Self.publicURL)
        tenantTemplate = source.text("tenant-template")
        tenantFiles = source.parsed("tenant-files", as: "folders with commas between", HostRules.folders) ?? []
        tenantHosts = source.parsed("tenant-hosts", as: "host or host:port, with commas between", HostRules.hosts)
        dnsServer = source.parsed("dns-server", as: "an IPv4 address and a port, such as 127.0.0.1:53", DNSServer.init)
        trustedProxies =
            source.parsed("trusted-proxies", as: "networks such as 10.0.0.0/8, with commas between", Self.blocks) ?? []
        tls = source.tls()
        keyCache = source.parsed("key-cache", as: "a number from 0 to 1000000", Self.keyCount) ?? 50_000
        let misses = source.parsed("key-misses", as: "a number from 0 to 1000000", Self.keyCount) ?? 6000
        keyMisses = misses == 0 ? nil : misses
        logLevel = source.parsed("log-level", as: "a log level such as info") { Logger.Level(rawValue: $0) } ?? .info
        isDevelopment = options.dev
        json = options.json
        guard source.problems.isEmpty else { throw ProcessSettingsError(problems: source.problems) }
    }

    private static func blocks(_ text: String) -> [AddressBlock]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let blocks = parts.compactMap { AddressBlock($0.trimmingCharacters(in: .whitespaces)) }
        return blocks.count == parts.count ? blocks : nil
    }

    private static func keyCount(_ text: String) -> Int? {
        Int(text).flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }

    private static func publicURL(_ text: String) -> String? {
        guard let parts = URLComponents(string: text), parts.scheme == "https" || parts.scheme == "http",
            parts.host?.isEmpty == false, parts.path.isEmpty || parts.path == "/", parts.query == nil,
            parts.fragment == nil, parts.user == nil, parts.password == nil
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

extension ListenAddress {
    fileprivate static let standard = ListenAddress(host: "127.0.0.1", port: 8080)
    fileprivate static let operations = ListenAddress(host: "127.0.0.1", port: 9090)
}

/// Flags over environment variables, with the problems found on the way.
private struct SettingsSource {
    private let reader: ConfigReader
    private(set) var problems: [String] = []

    init(_ options: ProcessOptions, serve: ServeOptions?, environment: [String: String]) {
        let flags: [(String, String?)] = [
            ("tenants", options.tenants), ("data", options.data), ("database-url", options.databaseURL),
            ("platform-database-url", options.platformDatabaseURL),
            ("maintenance-database-url", options.maintenanceDatabaseURL),
            ("migration-database-url", options.migrationDatabaseURL), ("secrets", options.secrets),
            ("public-url", options.publicURL), ("tenant-template", options.tenantTemplate),
            ("tenant-files", options.tenantFiles), ("tenant-hosts", options.tenantHosts),
            ("dns-server", options.dnsServer),
            ("log-level", options.logLevel), ("listen", serve?.listen),
            ("operations-listen", serve?.operationsListen), ("trusted-proxies", serve?.trustedProxies),
            ("tls-certificate", serve?.tlsCertificate), ("tls-key", serve?.tlsKey), ("key-cache", serve?.keyCache),
            ("key-misses", serve?.keyMisses),
        ]
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in flags {
            guard let value else { continue }
            values[AbsoluteConfigKey(["gatehouse", name])] = ConfigValue(.string(value), isSecret: true)
        }
        reader = ConfigReader(providers: [
            InMemoryProvider(name: "flags", values: values),
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: .all),
        ])
    }

    func text(_ name: String) -> String? {
        reader.string(forKey: ConfigKey(["gatehouse", name]), isSecret: true).flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func parsed<Value>(_ name: String, as form: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else {
            problems.append("--\(name): must be \(form)")
            return nil
        }
        return value
    }

    func database() -> DatabaseAddresses? {
        guard let app = text("database-url") else { return nil }
        return DatabaseAddresses(
            app: SecretText(app), platform: text("platform-database-url").map(SecretText.init),
            maintenance: text("maintenance-database-url").map(SecretText.init),
            migrator: text("migration-database-url").map(SecretText.init))
    }

    mutating func tls() -> ProcessSettings.TLSFiles? {
        switch (text("tls-certificate"), text("tls-key")) {
        case (let certificate?, let key?): return ProcessSettings.TLSFiles(certificate: certificate, key: key)
        case (nil, nil): return nil
        default:
            problems.append("--tls-certificate and --tls-key: give both, or neither")
            return nil
        }
    }
}
