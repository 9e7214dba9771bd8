package import Logging
package import PluginKit

/// The database as the platform sees it: the registry of tenants, and nothing inside any of them.
///
/// The role it connects as is `gatehouse_platform`, or `gatehouse_maintenance` for purging. It proves no tenant, so
/// tenants' rows stay closed to it but for what its role's own policies show.
package final class PostgresPlatformStore: PlatformDatabase, Sendable {
    private let core: StoreCore

    package init(settings: PostgresSettings, logger: Logger) {
        core = StoreCore(name: "platform", settings: settings, lendsConnections: false, logger: logger)
    }

    /// The server's version as a number, 150020 for 15.20; 0 before ``start()``.
    package var serverVersion: Int { core.serverVersion }

    /// Opens the connections.
    ///
    /// - Throws: ``PostgresStartError``, or ``DatabaseError`` where the server went away meanwhile.
    package func start() async throws { try await core.start() }

    /// Uses another connection string from now on; see ``PostgresStore/useConnection(_:previous:)``.
    package func useConnection(_ current: SecretText, previous: SecretText?) {
        core.useConnection(current, previous: previous)
    }

    package func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        guard !statements.isEmpty else { return [] }
        return try await core.run(statements)
    }

    /// Whether the server answers.
    ///
    /// - Throws: ``DatabaseError``.
    package func ping() async throws { try await core.ping() }

    /// Ends in order: what was begun is finished within its deadline, nothing new is taken.
    package func shutdown() async { await core.shutdown() }

    var inspection: CatalogueInspection { CatalogueInspection(role: "gatehouse_platform", runner: core) }
}
