/// The numbers and names that the tree is held against. To change one is a decision, made here and nowhere else.
enum HouseRules {
    /// Lines; a function beyond it does not fit in a reader's head.
    static let longestFunction = 70
    /// Lines; a function beyond it is long, and ``longFunctionsAllowed`` counts such.
    static let longFunction = 40
    /// How many functions are longer than ``longFunction``. The number may fall and never rise.
    static let longFunctionsAllowed = 0
    /// Lines of one file.
    static let longestFile = 400

    /// Which target may import which of ours.
    static func layers(plugins: Set<String>) -> Layers {
        Layers(
            allowed: [
                "PluginKit": [],
                "PluginTesting": ["PluginKit"],
                "Cryptography": ["COpenSSL"],
                "Kernel": ["PluginKit", "Cryptography"],
                "MigrationFiles": [],
                "PostgresStore": ["PluginKit", "CLibPQ", "MigrationFiles"],
                "WebAPI": ["Kernel", "PluginKit"],
                "gatehouse": ["GatehouseProgram"],
            ],
            plugins: plugins,
            systemLibraries: [
                "CLibPQ", "COpenSSL", "CArgon2", "CCrypt", "CCrack", "COATH", "CQRCode", "CResolv", "CZlib",
            ],
            root: "GatehouseProgram"
        )
    }

    /// Tables outside of any tenant, each with the reason; the application role may not read them.
    static let tablesOutsideTenants = [
        "gatehouse.context_keys": "the keys that sign tenants' contexts; the owner alone reads them",
        "gatehouse.tenants": "the registry of tenants itself",
        "gatehouse.tenant_domains": "which tenant answers under a domain, looked up before a tenant is known",
        "gatehouse.operators": "operators belong to the platform",
        "gatehouse.platform_events": "what was done to the platform, not in a tenant",
        "gatehouse.operations": "what is being done to tenants, and outlasts them",
    ]

    /// The target that talks with the server about itself: transactions, roles, the catalogue, migrations.
    static let targetsWithOwnSQL: Set = ["PostgresStore"]
}
