import ArgumentParser
import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore

/// What a server and every command stand on: the secrets, the database, the kernel. No listening, no tenant files.
struct Installation: Sendable {
    let settings: ProcessSettings
    let secrets: ProcessSecrets
    let addresses: DatabaseAddresses
    let isEmbedded: Bool
    let stores: Stores
    let signer: ContextSigner
    let platformSecrets: PlatformSecrets
    let kernel: KernelServices
    /// Hears what is announced about tenants and keys; starts to only where there is a server.
    let announcements: Announcements
    let hashing: FairHashingPool
    let logger: Logger

    var output: Output { Output(json: settings.json) }
    var tenantRecords: TenantRecords { TenantRecords(database: stores.platform, now: kernel.now) }
    var tenantDomains: TenantDomains {
        TenantDomains(
            database: stores.platform, resolver: SystemResolver(server: settings.dnsServer), now: kernel.now)
    }
    var operators: Operators { Operators(database: stores.platform, now: kernel.now) }

    /// Opens the installation for `body` and closes it again; errors end the command with words and an exit code.
    ///
    /// - Parameter saysAll: whether what is shown tells all that a log would.
    static func use(
        _ options: ProcessOptions, saysAll: Bool = false, _ body: @escaping (Installation) async throws -> Void
    ) async throws {
        try await CommandRun.guarded {
            let settings = try ProcessSettings.forCommand(options)
            let logger = CommandRun.startLogging(settings, readable: true, saysAll: saysAll)
            try await ProcessSecrets.use(settings, logger: logger) { secrets, home in
                let keys = try await ProcessKeys.read(from: secrets)
                try await home.use { addresses in
                    let ground = Ground(settings: settings, secrets: secrets, home: home, logger: logger)
                    try await ground.use(addresses, keys: keys, hashingThreads: 1, body)
                }
            }
        }
    }

    /// The registry's record of a tenant, by its slug or its id.
    func record(of name: String) async throws -> TenantRecord? {
        try await tenantRecords.find(named: name)
    }

    /// The same, where there must be one that is not being let go of.
    ///
    /// - Throws: ``NoSuchTenant``.
    func existingRecord(of name: String) async throws -> TenantRecord {
        guard let record = try await record(of: name), record.state != .deleting else { throw NoSuchTenant(name) }
        return record
    }

    /// A new name for what a command does, for the record.
    var newRequest: String { RequestID.make(at: kernel.now()).description }

    /// Whoever runs a command, in a tenant's eyes.
    var hostCaller: Caller { .hostOperator(.host(newRequest)) }

    /// Whoever runs a command, in the platform's.
    var hostAuthor: PlatformAuthor { .host(requestID: newRequest) }

    /// Tries key-encryption keys on everything that is stored.
    func trial(of wrappers: KeyEncryption.Wrappers) -> WrapperTrial {
        WrapperTrial(of: wrappers, records: tenantRecords, databases: stores.tenants)
    }

    /// Opens tenants as this process does.
    func opener(publicURL: String) -> TenantOpener {
        TenantOpener(
            databases: stores.tenants, hierarchy: kernel.hierarchy, keyCache: kernel.keyCache,
            hashing: { hashing.line(of: $0) },
            hostRules: settings.hostRules, publicURL: publicURL, logger: logger, now: kernel.now)
    }

    /// Which issuers new tenants get.
    var issuers: FixedIssuers { FixedIssuers(publicURL: settings.publicURL) }

    /// Finds tenants in the database and opens them as this process does.
    func tenantSource(files: TenantFilesInForce, publicURL: String) -> StoredTenants {
        StoredTenants(
            records: tenantRecords, files: files, databases: stores.tenants, hierarchy: kernel.hierarchy,
            opener: opener(publicURL: publicURL), catalog: Program.plugins, logger: logger, now: kernel.now)
    }

    /// Lends a tenant, open: one of a file, or one that stands in the database.
    func withTenant<Value>(_ slug: String, _ body: (Tenant) async throws -> Value) async throws -> Value {
        let tenant = try await openTenant(slug)
        return try await closing(with: tenant.close) { try await body(tenant) }
    }

    private func openTenant(_ slug: String) async throws -> Tenant {
        let files = TenantFilesInForce()
        let source = tenantSource(files: files, publicURL: PublicAddress(settings).text)
        let reading = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read()
        let plan = reading.plans.first { $0.slug.text == slug }
        if let plan { files.take([plan]) }
        let record =
            if let plan {
                try await tenantRecords.register([(plan.slug.text, plan.name)], issuers: issuers.issuer(of:)).first
            } else { try await tenantRecords.find(named: slug) }
        guard let record, record.state == .active || record.state == .suspended,
            let tenant = try await source.open(record, replacing: nil)
        else {
            Output.complain(
                "there is no tenant \(slug), neither in the database nor as a sound file in \(settings.tenants); "
                    + "`gatehouse tenants list` and `gatehouse check` say more")
            throw ExitCode.refused
        }
        return tenant
    }

    /// Work on the keys of one tenant, whether or not it has a file.
    func rotation(of tenant: TenantID) -> KeyRotation {
        KeyRotation(
            tenant: tenant, database: stores.tenants.database(of: tenant), hierarchy: kernel.hierarchy, logger: logger,
            now: kernel.now)
    }

    /// Work on what the API keys of one tenant are hashed with, whether or not it has a file.
    func hashKeyRotation(of tenant: TenantID) -> HashKeyRotation {
        HashKeyRotation(
            tenant: tenant, database: stores.tenants.database(of: tenant), hierarchy: kernel.hierarchy, now: kernel.now)
    }

    fileprivate func close() async {
        hashing.close()
        await stores.close()
    }
}

/// Where an installation is opened from.
struct Ground: Sendable {
    let settings: ProcessSettings
    let secrets: ProcessSecrets
    let home: DatabaseHome
    let logger: Logger

    /// Brings the schema up to date where that is this process's affair, connects, and lends the installation.
    ///
    /// - Parameter check: what must be so before anything is read or written.
    func use(
        _ addresses: DatabaseAddresses, keys: ProcessKeys, hashingThreads: Int,
        check: (Stores) async throws -> Void = { _ in }, _ body: (Installation) async throws -> Void
    ) async throws {
        try await SchemaPreparation(isEmbedded: home.isEmbedded, logger: logger).run(addresses, keys: keys)
        let signer = ContextSigner(key: keys.contextKeys[0])
        let stores = try await Stores.open(addresses, signer: signer, logger: logger)
        let installation = installation(addresses, stores, signer, keys, hashingThreads: hashingThreads)
        try await closing(with: installation.close) {
            try await StartChecks(stores: stores).checkMigrations()
            try await check(stores)
            try await ClearValues(installation: installation).seal()
            try await body(installation)
        }
    }

    private func installation(
        _ addresses: DatabaseAddresses, _ stores: Stores, _ signer: ContextSigner, _ keys: ProcessKeys,
        hashingThreads: Int
    ) -> Installation {
        let encryption = KeyEncryption(keys.wrappers) { [secrets] in
            await secrets.lookAgain()
            return try await ProcessKeys.read(from: secrets).wrappers
        }
        let platformSecrets = PlatformSecrets(keys.contextKeys)
        let hierarchy = KeyHierarchy(encryption: encryption, now: SystemClock.now)
        let announcements = Announcements(addresses.app, capacity: settings.keyCache, logger: logger)
        let kernel = KernelServices(
            hierarchy: hierarchy, platformSecrets: platformSecrets, databases: stores.tenants,
            keyCache: announcements.cache, keyMisses: MissBudget(perMinute: settings.keyMisses), now: SystemClock.now)
        return Installation(
            settings: settings, secrets: secrets, addresses: addresses, isEmbedded: home.isEmbedded, stores: stores,
            signer: signer, platformSecrets: platformSecrets,
            kernel: kernel, announcements: announcements,
            hashing: FairHashingPool(threadCount: hashingThreads), logger: logger)
    }
}

extension ProcessSecrets {
    /// Opens the process's keeper of secrets for `body`, with the place of the database that it leads to. Missing keys
    /// are made where they cannot be missed: for a private cluster that is about to be made itself, and in development.
    ///
    /// - Parameter mayCreate: `false` for who only looks.
    static func use(
        _ settings: ProcessSettings, mayCreate: Bool = true, logger: Logger,
        _ body: (ProcessSecrets, DatabaseHome) async throws -> Void
    ) async throws {
        if mayCreate { try PrivateFiles.makeDataFolder(settings.data) }
        let secrets = try await open(
            settings.secrets, environment: ProcessInfo.processInfo.environment, logger: logger)
        try await closing(with: secrets.close) {
            let home = DatabaseHome(settings, kept: try await secrets.databaseAddresses(), logger: logger)
            if mayCreate, home.isNew || settings.isDevelopment {
                try ProcessKeys.createMissing(in: settings.secrets, logger: logger)
            }
            try await body(secrets, home)
        }
    }
}

/// A tenant was named that is not there.
struct NoSuchTenant: Error, CustomStringConvertible {
    let name: String

    init(_ name: String) {
        self.name = name
    }

    var description: String { "there is no tenant \(name); `gatehouse tenants list` shows them all" }
}
