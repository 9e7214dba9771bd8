import ArgumentParser
import Foundation
import Kernel
import Logging
import PluginKit

/// What a command needs to work on the data: the database, the keys, the kernel. No server.
struct Installation: Sendable {
    let settings: ProcessSettings
    let output: Output
    let kernel: KernelServices
    let tenantRecords: TenantRecords
    let operators: Operators
    private let stores: Stores
    private let hashing: FairHashingPool
    private let logger: Logger

    /// Opens the installation for `body` and closes it again; errors end the command with words and an exit code.
    static func use(_ options: ProcessOptions, _ body: @escaping (Installation) async throws -> Void) async throws {
        try await CommandRun.guarded {
            let settings = try ProcessSettings.forCommand(options)
            let logger = CommandRun.startLogging(settings, readable: true)
            let home = DatabaseHome(settings, logger: logger)
            let keys = try await ProcessKeys.load(settings, home: home, logger: logger)
            try await home.use { addresses in
                try await SchemaPreparation(home: home, logger: logger).run(addresses, keys: keys)
                let stores = try await Stores.open(addresses, contextKey: keys.context[0], logger: logger)
                let installation = Installation(settings: settings, keys: keys, stores: stores, logger: logger)
                do {
                    try await body(installation)
                } catch {
                    await installation.close()
                    throw error
                }
                await installation.close()
            }
        }
    }

    private init(settings: ProcessSettings, keys: ProcessKeys, stores: Stores, logger: Logger) {
        self.settings = settings
        self.stores = stores
        self.logger = logger
        output = Output(json: settings.json)
        kernel = KernelServices(keyEncryptionKeys: keys.keyEncryption, now: SystemClock.now)
        tenantRecords = TenantRecords(database: stores.platform, now: SystemClock.now)
        operators = Operators(database: stores.platform, now: SystemClock.now)
        hashing = FairHashingPool(threadCount: 1)
    }

    /// The registry's record of a tenant, by its slug or its id.
    func record(of name: String) async throws -> TenantRecord? {
        if let id = TenantID(name) { return try await tenantRecords.find(id: id) }
        return try await tenantRecords.find(slug: name)
    }

    /// The tenant of a file, open.
    func tenant(_ slug: String) async throws -> Tenant {
        let reading = TenantDirectory(path: settings.tenants, catalog: .standard).read()
        guard let plan = reading.plans.first(where: { $0.slug.text == slug }) else {
            Output.complain(
                "there is no sound file for a tenant \(slug) in \(settings.tenants); `gatehouse check` says more")
            throw ExitCode.refused
        }
        guard let record = try await tenantRecords.register([(plan.slug.text, plan.name)]).first else {
            throw DatabaseError.unavailable
        }
        let opener = TenantOpener(
            databases: stores.tenants, hashing: { hashing.line(of: $0) }, publicURL: PublicAddress(settings).text,
            logger: logger, now: SystemClock.now)
        return try await opener.open(plan, id: record.id)
    }

    private func close() async {
        hashing.close()
        await stores.close()
    }
}
