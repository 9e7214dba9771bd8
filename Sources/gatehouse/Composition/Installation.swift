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
    /// Hears what is announced about keys; starts to only where there is a server.
    let announcements: KeyAnnouncements
    let hashing: FairHashingPool
    let logger: Logger

    var output: Output { Output(json: settings.json) }
    var tenantRecords: TenantRecords { TenantRecords(database: stores.platform, now: kernel.now) }
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
        if let id = TenantID(name) { return try await tenantRecords.find(id: id) }
        return try await tenantRecords.find(slug: name)
    }

    /// Tries key-encryption keys on everything that is stored.
    func trial(of wrappers: KeyEncryption.Wrappers) -> WrapperTrial {
        WrapperTrial(of: wrappers, records: tenantRecords, databases: stores.tenants)
    }

    /// Opens tenants as this process does.
    func opener(publicURL: String) -> TenantOpener {
        TenantOpener(
            databases: stores.tenants, hierarchy: kernel.hierarchy, keyCache: kernel.keyCache,
            hashing: { hashing.line(of: $0) },
            publicURL: publicURL, logger: logger, now: kernel.now)
    }

    /// Lends the tenant of a file, open.
    func withTenant<Value>(_ slug: String, _ body: (Tenant) async throws -> Value) async throws -> Value {
        let reading = TenantDirectory(path: settings.tenants, catalog: .standard).read()
        guard let plan = reading.plans.first(where: { $0.slug.text == slug }) else {
            Output.complain(
                "there is no sound file for a tenant \(slug) in \(settings.tenants); `gatehouse check` says more")
            throw ExitCode.refused
        }
        guard let record = try await tenantRecords.register([(plan.slug.text, plan.name)]).first else {
            throw DatabaseError.unavailable
        }
        let tenant = try await opener(publicURL: PublicAddress(settings).text).open(plan, id: record.id)
        do {
            let value = try await body(tenant)
            await tenant.close()
            return value
        } catch {
            await tenant.close()
            throw error
        }
    }

    /// Work on the keys of one tenant, whether or not it has a file.
    func rotation(of tenant: TenantID) -> KeyRotation {
        KeyRotation(
            tenant: tenant, database: stores.tenants.database(of: tenant), hierarchy: kernel.hierarchy, logger: logger,
            now: kernel.now)
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
        do {
            try await StartChecks(stores: stores).checkMigrations()
            try await check(stores)
            try await ClearValues(installation: installation).seal()
            try await body(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
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
        let announcements = KeyAnnouncements(addresses.app, capacity: settings.keyCache, logger: logger)
        let kernel = KernelServices(
            hierarchy: hierarchy, platformSecrets: platformSecrets, databases: stores.tenants,
            keyCache: announcements.cache, now: SystemClock.now)
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
        do {
            let home = DatabaseHome(settings, kept: try await secrets.databaseAddresses(), logger: logger)
            if mayCreate, home.isNew || settings.isDevelopment {
                try ProcessKeys.createMissing(in: settings.secrets, logger: logger)
            }
            try await body(secrets, home)
        } catch {
            await secrets.close()
            throw error
        }
        await secrets.close()
    }
}
