/// One namespace: what is mounted in it and which policies it has.
struct VaultNamespace {
    let id = RandomText.hexadecimal(bytes: 3)
    var mounts: [String: VaultMount] = [:]
    var policies = PolicySet()

    /// The mount that a path lies in; the longest one counts.
    func mount(of path: String) -> String? {
        mounts.keys.filter { path.hasPrefix($0) || path + "/" == $0 }.max { $0.utf8.count < $1.utf8.count }
    }
}

/// An engine at a path.
struct VaultMount {
    let kind: String
    let accessor: String
    let uuid = RandomText.identifier()
    var description: String
    var options: JSONValue
    var engine: any VaultEngine

    private static let versions = [
        "kv": "v0.15.0+builtin", "transit": "v1.14.3+builtin.vault", "approle": "v1.14.3+builtin.vault",
        "kubernetes": "v0.16.0+builtin", "jwt": "v0.16.1+builtin",
    ]

    init(kind: String, description: String = "", options: JSONValue = .null, engine: any VaultEngine) {
        self.kind = kind
        self.description = description
        self.options = options
        self.engine = engine
        accessor = "\(kind)_\(RandomText.hexadecimal(bytes: 4))"
    }

    var json: [String: JSONValue] {
        [
            "accessor": .string(accessor), "config": configuration, "deprecation_status": "supported",
            "description": .string(description), "external_entropy_access": false, "local": false,
            "options": options, "plugin_version": "",
            "running_plugin_version": .string(Self.versions[kind] ?? "v1.14.3+builtin.vault"), "running_sha256": "",
            "seal_wrap": false, "type": .string(kind), "uuid": .string(uuid),
        ]
    }

    /// What `tune` shows.
    var configuration: JSONValue {
        ["default_lease_ttl": 0, "force_no_cache": false, "max_lease_ttl": 0]
    }
}
