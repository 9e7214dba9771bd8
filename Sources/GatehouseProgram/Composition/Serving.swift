import Foundation
import Kernel
import Logging
import PluginKit
import ServiceLifecycle
import UnixSignals
import WebAPI

/// A whole server, from opening its secrets and its database to the end of its last request.
struct Serving {
    let settings: ProcessSettings
    let metrics: PrometheusMetrics
    let logger: Logger

    /// Opens, serves until told to stop, and closes in the opposite order.
    func run() async throws {
        try await ProcessSecrets.use(settings, logger: logger) { secrets, home in
            let keys = try await ProcessKeys.read(from: secrets)
            let addresses = try await home.start()
            try await closing(with: home.stop) {
                let ground = Ground(settings: settings, secrets: secrets, home: home, logger: logger)
                let threads = ProcessInfo.processInfo.activeProcessorCount
                try await ground.use(
                    addresses, keys: keys, hashingThreads: threads,
                    check: { stores in
                        try await StartChecks(stores: stores).run()
                        try await StartChecks(stores: stores).checkWrappers(keys.wrappers)
                    }, serve)
            }
        }
    }

    private func serve(_ installation: Installation) async throws {
        let listen = try settings.listen.resolved()
        let address = PublicAddress(settings, listeningAt: listen)
        let tenants = ServedTenants(installation: installation, publicURL: address.text)
        try await closing(with: tenants.close) {
            try await tenants.load()
            let invitations = try await FirstOwners(kernel: installation.kernel, tenants: tenants).invite()
            address.leave(for: settings)
            let ready = ReadyLine(
                output: installation.output, url: address.text, tenants: tenants.countOfFiles,
                invitations: invitations)
            try await serviceGroup(try services(installation, tenants, at: address, listen: listen, ready: ready)).run()
        }
    }

    private func services(
        _ installation: Installation, _ tenants: ServedTenants, at address: PublicAddress, listen: ListenAddress,
        ready: ReadyLine
    ) throws -> [any Service] {
        let offboarding = installation.offboarding(files: tenants.files, registry: tenants.registry)
        let listeners = Listeners(
            settings: settings, listen: listen, stores: installation.stores, kernel: installation.kernel,
            registry: tenants.registry,
            tenants: try TenantServices(
                installation: installation, registry: tenants.registry, publicURL: address.text),
            offboarding: offboarding, domains: installation.tenantDomains, publicURL: address.text, metrics: metrics,
            logger: logger)
        return [
            Janitor(retention: Retention(database: installation.stores.maintenance), logger: logger),
            OperationRunner(offboarding: offboarding, logger: logger),
            ReloadOnHangup(tenants: tenants, logger: logger),
            LiveSecrets(installation: installation),
            AnnouncementListening(announcements: installation.announcements),
            KeyUseWriting(uses: installation.kernel.keyUses),
            KeyClock(
                kernel: installation.kernel, registry: tenants.registry,
                alarms: TenantAlarms(database: installation.stores.maintenance), logger: logger),
            try listeners.operations(onBound: { await ready.operationsBound($0) }),
            try listeners.clients(onBound: { await ready.clientsBound($0) }),
        ]
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
