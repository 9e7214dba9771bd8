/// Whatever can be mounted: it answers the paths beneath its mount.
protocol VaultEngine: Sendable {
    /// Whether a write to the path would change what is there; `nil`: every write counts as an update.
    func exists(_ path: String) -> Bool?

    /// Answers a request whose path is relative to the mount, after the caller's policies have let it through.
    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer
}

extension VaultEngine {
    func exists(_ path: String) -> Bool? { nil }
}

extension Sequence<String> {
    /// What stands directly in `folder`, which is empty or ends in a slash; folders in it with their slash.
    func entries(in folder: String) -> Set<String> {
        Set(
            filter { $0.hasPrefix(folder) && $0 != folder }.map { key in
                let rest = key.dropFirst(folder.count)
                guard let slash = rest.firstIndex(of: "/") else { return String(rest) }
                return String(rest[...slash])
            })
    }
}
