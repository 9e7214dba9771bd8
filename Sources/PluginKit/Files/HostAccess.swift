/// What a tenant's document may name of the machine that the server runs on, and of the network around it.
///
/// Whoever writes a file into the folder of tenants has that machine anyway; whoever sends a document over HTTP has not.
/// A provider whose settings name a file, a folder or a host opens it through this and in no other way.
public struct HostAccess: Sendable {
    public let files: HostFiles
    private let hosts: Set<String>?
    private let remedy: String

    /// - Parameters:
    ///   - hosts: `host` or `host:port`, in small letters; `nil` for any.
    ///   - remedy: how another host is allowed.
    public init(files: HostFiles, hosts: Set<String>? = nil, remedy: String = "") {
        self.files = files
        self.hosts = hosts
        self.remedy = remedy
    }

    /// Allows everything: for what belongs to the process itself.
    public static let unrestricted = HostAccess(files: HostFiles(allowed: nil))

    /// Whether a document may have the server connect to this host.
    ///
    /// - Parameter setting: the setting that names it: `secrets.vault.address`.
    public func check(host: String, port: Int, setting: String) throws(HostRefusal) {
        let name = host.lowercased()
        guard let hosts, !hosts.contains(name), !hosts.contains("\(name):\(port)") else { return }
        throw HostRefusal(
            setting: setting, reason: "must name a host that documents over the API may name", remedy: remedy)
    }
}

/// A document names something that it may not name; what that is is not repeated.
public struct HostRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// `secrets.vault.auth.jwt.token_file`
    public let setting: String
    public let reason: String
    /// How to allow it, or what to write instead.
    public let remedy: String

    public init(setting: String, reason: String, remedy: String) {
        self.setting = setting
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(setting): \(reason); \(remedy)" }
}
