import Kernel
import Logging
import PluginKit
import PostgresStore

/// Makes sure that the database's schema and context keys are this program's, before anything is read or written.
struct SchemaPreparation {
    let isEmbedded: Bool
    let logger: Logger

    /// Brings the private cluster up to date. An outside database is never changed by serving: it is checked later.
    func run(_ addresses: DatabaseAddresses, keys: ProcessKeys) async throws {
        guard isEmbedded, let migrator = addresses.migrator else { return }
        let runner = MigrationRunner(connection: migrator, logger: logger)
        let applied = try await runner.apply()
        if !applied.isEmpty {
            logger.info("migrated the private database", metadata: ["migrations": "\(applied.joined(separator: " "))"])
        }
        try await runner.installContextKeys(keys.context)
    }

    /// Makes the private cluster know these context keys. An outside database is told by `gatehouse migrate`.
    func installContextKeys(_ addresses: DatabaseAddresses, keys: ProcessKeys) async throws {
        guard isEmbedded, let migrator = addresses.migrator else { return }
        try await MigrationRunner(connection: migrator, logger: logger).installContextKeys(keys.context)
    }
}

/// What must be so before anybody is served. Whatever is not is told at once, with its remedy.
struct StartChecks {
    let stores: Stores

    /// - Throws: ``StartRefused`` with every reason.
    func run() async throws {
        try await checkMigrations()
        let findings = try await CatalogueInspection(stores.tenants).run() + CatalogueInspection(stores.platform).run()
        guard findings.isEmpty else { throw StartRefused(reasons: findings.map(\.description)) }
        try await checkContextKey()
        let crossings = try await isolationCrossings()
        guard crossings.isEmpty else { throw StartRefused(reasons: crossings) }
    }

    /// What lies open between tenants, tried as a tenant that does not exist.
    func isolationCrossings() async throws -> [String] {
        let now = SystemClock.now()
        return try await IsolationTrial(of: stores.tenants.database(of: .make(at: now))).crossings(at: now)
    }

    func checkMigrations() async throws {
        let plan = try await MigrationRunner.plan(using: stores.platform)
        guard plan.isCurrent else {
            let pending = plan.pending.map { "the migration \($0) has not run; run `gatehouse migrate`" }
            throw StartRefused(reasons: plan.drift + pending)
        }
    }

    /// That the key-encryption keys are those of this database. A few tenants tell; a vault that is away tells nothing.
    func checkWrappers(_ wrappers: KeyEncryption.Wrappers) async throws {
        let records = TenantRecords(database: stores.platform, now: SystemClock.now)
        let trial = WrapperTrial(of: wrappers, records: records, databases: stores.tenants)
        do {
            guard let missing = try await trial.missingKeyID(among: 200) else { return }
            throw StartRefused(reasons: ["\(MissingWrapper(id: missing))"])
        } catch KeyWrapperError.unavailable {
            return
        }
    }

    func checkContextKey() async throws {
        guard try await stores.tenants.isSignerAccepted() else {
            throw StartRefused(reasons: [
                "the database does not know this process's context key; run `gatehouse migrate`, which installs it"
            ])
        }
    }
}

/// Why nobody is served.
struct StartRefused: Error, CustomStringConvertible {
    let reasons: [String]

    var description: String { (["refusing to serve:"] + reasons.map { "  - \($0)" }).joined(separator: "\n") }
}
