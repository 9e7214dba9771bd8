package import Foundation
package import Logging
package import PluginKit

/// Opens the secret backends of a tenant and nothing else of it: to try its secrets without a database.
package struct SecretsOpener: Sendable {
    private let hostRules: HostRules
    private let logger: Logger
    private let now: @Sendable () -> Date

    package init(hostRules: HostRules, logger: Logger, now: @escaping @Sendable () -> Date) {
        self.hostRules = hostRules
        self.logger = logger
        self.now = now
    }

    /// A tenant's secrets, over all backends that its file names.
    package struct Opened: Sendable {
        package let secrets: any TenantSecrets
        fileprivate let closers: [@Sendable () async -> Void]

        /// Gives back what the backends hold open.
        package func close() async {
            for close in closers.reversed() { await close() }
        }
    }

    /// - Throws: ``TenantOpeningError`` for the first backend that does not open.
    package func open(_ plan: TenantPlan) async throws -> Opened {
        let context = ProviderContext(
            tenantSlug: plan.slug.text, database: NothingElse(), secrets: OpenSecrets(), keys: NothingElse(),
            hashing: NothingElse(), host: hostRules.access(of: plan.origin), logger: logger, now: now)
        var opening = ProviderOpening(plan: plan, base: context)
        do {
            try await opening.openSecrets()
        } catch {
            await opening.close()
            throw error
        }
        return Opened(secrets: opening.secrets, closers: opening.closers)
    }
}

/// Stands for everything that keeping secrets does not need.
private struct NothingElse: TenantDatabase, TenantKeys, HashingPool {
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] { throw DatabaseError.unavailable }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value { throw DatabaseError.unavailable }

    func seal(_ plaintext: SecretBytes, at cell: Cell) async throws -> [UInt8] { throw DatabaseError.unavailable }
    func open(_ sealed: [UInt8], at cell: Cell) async throws -> SecretBytes { throw DatabaseError.unavailable }

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value { try work() }
}
