import Foundation
import Kernel
import Logging
import PluginKit
import ServiceLifecycle
import UnixSignals
import WebAPI

/// A whole server, from opening its database to the end of its last request.
struct Serving {
    let settings: ProcessSettings
    let metrics: PrometheusMetrics
    let logger: Logger

    /// Opens, serves until told to stop, and closes in the opposite order.
    func run() async throws {
        let home = DatabaseHome(settings, logger: logger)
        let keys = try await ProcessKeys.load(settings, home: home, logger: logger)
        let addresses = try await home.start()
        do {
            try await SchemaPreparation(home: home, logger: logger).run(addresses, keys: keys)
            let stores = try await Stores.open(addresses, contextKey: keys.context[0], logger: logger)
            try await serve(stores, keys: keys)
        } catch {
            await home.stop()
            throw error
        }
        await home.stop()
    }

    private func serve(_ stores: Stores, keys: ProcessKeys) async throws {
        let hashing = FairHashingPool(threadCount: ProcessInfo.processInfo.activeProcessorCount)
        do {
            try await StartChecks(stores: stores).run()
            try await serve(stores, keys: keys, hashing: hashing)
        } catch {
            hashing.close()
            await stores.close()
            throw error
        }
        hashing.close()
        await stores.close()
    }

    private func serve(_ stores: Stores, keys: ProcessKeys, hashing: FairHashingPool) async throws {
        let listen = try settings.listen.resolved()
        let address = PublicAddress(settings, listeningAt: listen)
        let kernel = KernelServices(keyEncryptionKeys: keys.keyEncryption, now: SystemClock.now)
        let tenants = FileTenants(
            settings: settings, stores: stores, publicURL: address.text, hashing: { hashing.line(of: $0) },
            logger: logger)
        try await tenants.load()
        let invitations = try await FirstOwners(kernel: kernel, tenants: tenants).invite()
        address.leave(for: settings)
        let ready = ReadyLine(
            output: Output(json: settings.json), url: address.text, tenants: tenants.registry.count,
            invitations: invitations)
        let listeners = Listeners(
            settings: settings, listen: listen, stores: stores, kernel: kernel, registry: tenants.registry,
            metrics: metrics, logger: logger)
        try await serviceGroup([
            Janitor(retention: Retention(database: stores.maintenance), logger: logger),
            ReloadOnHangup(tenants: tenants, logger: logger),
            try listeners.operations(onBound: { await ready.operationsBound($0) }),
            try listeners.clients(onBound: { await ready.clientsBound($0) }),
        ]).run()
    }

    /// Ends its services in the opposite order: first no new clients, last the janitor.
    private func serviceGroup(_ services: [any Service]) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }
}
