internal import Foundation
package import Logging
package import PluginKit

/// Makes the proof by which a transaction says for which tenant it speaks.
package protocol TenantContextSigner: Sendable {
    /// The tenant's UUID in lower case, a dot, and the lower-case hex digits of HMAC-SHA-256 over the bytes of
    /// `gatehouse-tenant-v1:` and that UUID, under a key that the database knows.
    func signedContext(for tenant: TenantID) -> String
}

/// The database as the application sees it: tenants' rows, each tenant's through a value of its own.
///
/// The role it connects as is `gatehouse_app`. Threads of its own talk with the server; a call costs the caller no more
/// than a suspension. A server that goes away and comes back needs nobody's help.
package final class PostgresStore: TenantDatabases, Sendable {
    private let core: StoreCore
    private let signer: any TenantContextSigner

    package init(settings: PostgresSettings, signer: any TenantContextSigner, logger: Logger) {
        core = StoreCore(name: "tenants", settings: settings, lendsConnections: true, logger: logger)
        self.signer = signer
    }

    /// The server's version as a number, 150020 for 15.20; 0 before ``start()``.
    package var serverVersion: Int { core.serverVersion }

    /// Opens the connections.
    ///
    /// - Throws: ``PostgresStartError``, or ``DatabaseError`` where the server went away meanwhile.
    package func start() async throws { try await core.start() }

    /// Uses another connection string from now on; meant for a password that rotates while the program runs.
    ///
    /// Returns at once. Connections are replaced one after another, each by one that is open already, between two
    /// pieces of work: nobody notices. Where the server refuses the credentials of `current` (SQLSTATE 28P01 or 28000),
    /// or the string cannot be read, the connections that are open stay, lost ones are opened with `previous`, the log
    /// says so once, and `current` is tried again from time to time. So it does not matter whether the database or the
    /// secret is changed first.
    ///
    /// - Parameter previous: `nil` for the one with which the server let this store in last.
    package func useConnection(_ current: SecretText, previous: SecretText?) {
        core.useConnection(current, previous: previous)
    }

    package func database(of tenant: TenantID) -> any TenantDatabase {
        PostgresTenantDatabase(tenant: tenant, core: core, signer: signer)
    }

    /// Whether the server answers.
    ///
    /// - Throws: ``DatabaseError``.
    package func ping() async throws { try await core.ping() }

    /// Whether the database accepts the signature of this store's signer. A tenant that does not exist proves it as well
    /// as any other.
    ///
    /// - Throws: ``DatabaseError`` where it could not be tried.
    package func isSignerAccepted() async throws -> Bool { try await isAccepted(signer) }

    /// Whether the database accepts the signature of `signer`, which need not be this store's own yet.
    ///
    /// - Throws: ``DatabaseError`` where it could not be tried.
    package func isAccepted(_ signer: any TenantContextSigner) async throws -> Bool {
        let nobody = TenantID(rawValue: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        do {
            let database = PostgresTenantDatabase(tenant: nobody, core: core, signer: signer)
            return try await database.first(FindProvenTenant()) == nobody
        } catch DatabaseError.refused {
            return false
        }
    }

    /// Ends in order: what was begun is finished within its deadline, nothing new is taken.
    package func shutdown() async { await core.shutdown() }

    var inspection: CatalogueInspection { CatalogueInspection(role: "gatehouse_app", runner: core) }
}

/// One tenant's rows. Every transaction begins by proving the tenant.
private struct PostgresTenantDatabase: TenantDatabase {
    let tenant: TenantID
    let core: StoreCore
    let signer: any TenantContextSigner

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        guard !statements.isEmpty else { return [] }
        return Array(try await core.run([context] + statements).dropFirst())
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await core.transaction(context: [context], body)
    }

    private var context: BoundStatement {
        BoundStatement(SetTenantContext(context: signer.signedContext(for: tenant)))
    }
}
