package import PluginKit

/// What the process lets the documents of its tenants name of the host and its network.
package struct HostRules: Sendable {
    private let kept: [HostFiles.KeptFolder]
    private let tenantFiles: [String]
    private let tenantHosts: Set<String>?

    /// - Parameters:
    ///   - kept: the folders of the process's own, which no document ever reaches.
    ///   - tenantFiles: the folders within which documents of the database may name files.
    ///   - tenantHosts: the hosts that they may have the server connect to; `nil` for any.
    package init(kept: [HostFiles.KeptFolder], tenantFiles: [String] = [], tenantHosts: Set<String>? = nil) {
        self.kept = kept
        self.tenantFiles = tenantFiles
        self.tenantHosts = tenantHosts
    }

    /// What a document may name that came from there.
    package func access(of origin: TenantPlan.Origin) -> HostAccess {
        switch origin {
        case .host: HostAccess(files: HostFiles(allowed: nil, kept: kept, remedy: ""))
        case .database:
            HostAccess(
                files: HostFiles(
                    allowed: tenantFiles, kept: kept, remedy: "the server's --tenant-files names such folders"),
                hosts: tenantHosts, remedy: "the server's --tenant-hosts names them")
        }
    }
}
