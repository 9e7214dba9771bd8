import Logging
import PluginKit
import PostgresStore

/// The process's connections to its database, one store per role; opened together and closed together.
struct Stores: Sendable {
    let tenants: PostgresStore
    let platform: PostgresPlatformStore
    let maintenance: PostgresPlatformStore

    /// Connects as all three roles.
    ///
    /// - Throws: ``PostgresStartError``; nothing stays open then.
    static func open(
        _ addresses: DatabaseAddresses, signer: any TenantContextSigner, logger: Logger
    ) async throws -> Stores {
        guard let platform = addresses.platform, let maintenance = addresses.maintenance else {
            throw PostgresStartError(
                problem: "the database is known as the application role only",
                remedy: "give --platform-database-url and --maintenance-database-url as well")
        }
        let stores = Stores(
            tenants: PostgresStore(
                settings: PostgresSettings(connection: addresses.app), signer: signer, logger: logger),
            platform: PostgresPlatformStore(
                settings: PostgresSettings(connection: platform, pipelineConnections: 1), logger: logger),
            maintenance: PostgresPlatformStore(
                settings: PostgresSettings(connection: maintenance, pipelineConnections: 1, deadline: .seconds(60)),
                logger: logger))
        do {
            try await stores.start()
        } catch {
            await stores.close()
            throw error
        }
        return stores
    }

    /// What exchanges the address of a store, by the secret that keeps the address.
    var byAddress: [(ProcessSecrets.DatabaseName, @Sendable (_ current: SecretText, _ previous: SecretText?) -> Void)] {
        [
            (.app, { [tenants] in tenants.useConnection($0, previous: $1) }),
            (.platform, { [platform] in platform.useConnection($0, previous: $1) }),
            (.maintenance, { [maintenance] in maintenance.useConnection($0, previous: $1) }),
        ]
    }

    /// Connections close after what was begun on them has ended.
    func close() async {
        await tenants.shutdown()
        await platform.shutdown()
        await maintenance.shutdown()
    }

    private func start() async throws {
        try await tenants.start()
        try await platform.start()
        try await maintenance.start()
    }
}
