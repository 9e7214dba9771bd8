package import Cryptography
package import Foundation
package import Kernel
import Logging
package import PluginKit
package import PostgresStore

/// The one PostgreSQL server of a test process: real, migrated, and open as each of its roles.
///
/// Tests share it and run side by side; what keeps them apart is what keeps customers apart, so each takes a
/// ``TestTenant`` of its own.
package struct TestDatabase: Sendable {
    /// As `gatehouse_app`.
    package let tenants: PostgresStore
    /// As `gatehouse_platform`.
    package let platform: PostgresPlatformStore
    /// As `gatehouse_maintenance`.
    package let maintenance: PostgresPlatformStore
    /// As the superuser, past row-level security: to see what really stands in a table, never to do what is tested.
    package let administrator: PostgresPlatformStore
    /// How ``tenants`` connects, for whoever listens to what is announced.
    package let connection: SecretText
    package let contextKey: KeyBytes
    package let keyEncryptionKeys: KeyEncryptionKeys

    /// The kernel of one node on this database, with nothing remembered.
    package func services(now: @escaping @Sendable () -> Date) -> KernelServices {
        services(encryption: KeyEncryption([keyEncryptionKeys]), now: now)
    }

    /// The same, remembering API keys as long as `isTrusted` says so.
    package func services(
        rememberingKeys isTrusted: @escaping @Sendable () -> Bool, now: @escaping @Sendable () -> Date
    ) -> KernelServices {
        services(
            encryption: KeyEncryption([keyEncryptionKeys]),
            keyCache: VerifiedKeyCache(capacity: 1600, isTrusted: isTrusted), now: now)
    }

    /// The same with nothing remembered, which finds the databases of tenants in what `wrap` makes of the real ones.
    package func services(
        over wrap: (any TenantDatabases) -> any TenantDatabases, keyMisses: MissBudget = MissBudget(perMinute: nil),
        now: @escaping @Sendable () -> Date
    ) -> KernelServices {
        KernelServices(
            hierarchy: KeyHierarchy(encryption: KeyEncryption([keyEncryptionKeys]), now: now),
            platformSecrets: PlatformSecrets([contextKey]), databases: wrap(tenants), keyMisses: keyMisses,
            now: now)
    }

    /// The kernel of a node that has these key-encryption keys.
    package func services(
        encryption: KeyEncryption, keyCache: VerifiedKeyCache = VerifiedKeyCache(capacity: 0, isTrusted: { false }),
        now: @escaping @Sendable () -> Date
    ) -> KernelServices {
        KernelServices(
            hierarchy: KeyHierarchy(encryption: encryption, now: now),
            platformSecrets: PlatformSecrets([contextKey]), databases: tenants, keyCache: keyCache, now: now)
    }

    /// The process's server; the first who asks starts it.
    package static var shared: TestDatabase {
        get async throws { try await opening.value }
    }

    // A server for each test would cost a second each, so this one thing is the whole process's.
    private static let opening = Task { try await open() }

    private static func open() async throws -> TestDatabase {
        let directory = "/tmp/gatehouse-tenants-\(unique())"
        let connections = try await EmbeddedCluster(directory: directory, logger: .silent).start()
        try ClusterWatch.begin(directory: directory)
        let contextKey = try Randomness.bytes(32)
        let runner = MigrationRunner(connection: connections.migrator, logger: .silent)
        _ = try await runner.apply()
        try await runner.installContextKeys([SecretBytes(contextKey)])
        let database = try TestDatabase(connections, contextKey: KeyBytes(contextKey))
        try await database.start()
        return database
    }

    private init(_ connections: EmbeddedCluster.Connections, contextKey: KeyBytes) throws {
        let signer = TestContextSigner(key: contextKey)
        tenants = PostgresStore(settings: Self.settings(connections.app), signer: signer, logger: .silent)
        platform = Self.platformStore(connections.platform)
        maintenance = Self.platformStore(connections.maintenance)
        administrator = Self.platformStore(connections.administrator)
        connection = connections.app
        self.contextKey = contextKey
        keyEncryptionKeys = try KeyEncryptionKeys([KeyBytes(try Randomness.bytes(KeyEncryptionKeys.sizeBytes))])
    }

    private func start() async throws {
        try await administrator.start()
        try await Probe.install(as: administrator)
        try await tenants.start()
        try await platform.start()
        try await maintenance.start()
    }

    private static func platformStore(_ url: SecretText) -> PostgresPlatformStore {
        PostgresPlatformStore(settings: settings(url), logger: .silent)
    }

    // Every test of the process may be waiting at once, on a machine that is busy with hashing.
    private static func settings(_ url: SecretText) -> PostgresSettings {
        PostgresSettings(connection: url, interactiveConnections: 8, deadline: .seconds(60))
    }
}

/// Signs tenant contexts as the program does, with any key.
package struct TestContextSigner: TenantContextSigner {
    private let key: KeyBytes

    package init(key: KeyBytes) {
        self.key = key
    }

    package func signedContext(for tenant: TenantID) -> String {
        let claimed = tenant.rawValue.uuidString.lowercased()
        let mac = HMACSHA256.authenticate(Array("gatehouse-tenant-v1:\(claimed)".utf8), key: key)
        return "\(claimed).\(Hexadecimal.encode(mac))"
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
