public import Logging
public import PluginKit

extension ProviderContext {
    /// The context of a tenant that exists only in a test; whatever a test does not care about has a stand-in.
    public static func testing(
        tenantSlug: String = "acme",
        database: any TenantDatabase = ScriptedDatabase(),
        secrets: any TenantSecrets = StaticSecrets(),
        keys: any TenantKeys = UnlockedKeys(),
        hashing: any HashingPool = InlineHashingPool(),
        host: HostAccess = .unrestricted,
        logger: Logger = Logger(label: "testing") { _ in SwiftLogNoOpLogHandler() },
        clock: FixedClock = FixedClock()
    ) -> ProviderContext {
        ProviderContext(
            tenantSlug: tenantSlug, database: database, secrets: secrets, keys: keys, hashing: hashing,
            host: host, logger: logger, now: clock.reading)
    }
}
